import type { DType, TypedArray } from "./dtype.js";
import type { Shape } from "./shape.js";

/** Values on the host, row-major: what files hold. f16 values are held as f32. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}
