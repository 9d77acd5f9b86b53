import type { PrimitiveParams } from "../primitives/params.js";
import { resultParams } from "../primitives/scan.js";
import { apply, type Tensor } from "../tensor.js";

/** The results of the primitive `scan`: the last carries, then what was stacked. */
export function applyScan(inputs: readonly Tensor[], params: PrimitiveParams["scan"]): Tensor[] {
  const all = apply("scan", inputs, params);
  return resultParams(params).map((place) => apply("result", [all], place));
}
