import { isFloat } from "../dtype.js";
import { expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, mul, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { isfinite, isnan } from "./classification.js";
import { eq, le } from "./comparison.js";
import { and, or } from "./logic.js";
import { all } from "./reductions.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";

/** How near is near. */
export interface ClosenessOptions {
  /** In proportion to |b|. Default 1e-5. */
  readonly rtol?: number;
  /** Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN is near to NaN. Default false. */
  readonly equalNan?: boolean;
}

/** Whether |a - b| <= atol + rtol |b|, elementwise, or both are the same infinity: NumPy's, PyTorch's and JAX's `isclose`. Whole numbers are compared in f32. */
export const isclose = (a: TensorLike, b: TensorLike, options: ClosenessOptions = {}): Tensor =>
  close("isclose", a, b, options);

/** Whether all elements are `isclose`, a bool scalar: NumPy's, PyTorch's and JAX's `allclose`. */
export const allclose = (a: TensorLike, b: TensorLike, options: ClosenessOptions = {}): Tensor =>
  all(close("allclose", a, b, options));

function close(op: string, a: TensorLike, b: TensorLike, options: ClosenessOptions): Tensor {
  expectOptions(op, options, ["rtol", "atol", "equalNan"]);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const [x, y] = broadcastOperands(op, [a, b]).map((operand) =>
    isFloat(operand.dtype) ? operand : cast(operand, "f32"),
  ) as [Tensor, Tensor];
  const isNear = and(le(abs(sub(x, y)), add(mul(abs(y), rtol), atol)), and(isfinite(x), isfinite(y)));
  const same = or(eq(x, y), isNear);
  return equalNan ? or(same, and(isnan(x), isnan(y))) : same;
}
