import { condResults } from "../primitives/cond.js";
import type { PrimitiveParams } from "../primitives/params.js";
import { placesOf } from "../primitives/result.js";
import { scanResults } from "../primitives/scan.js";
import { whileResults } from "../primitives/whileLoop.js";
import { apply, type Tensor } from "../tensor.js";

/** The results of the primitive `scan`: the last carries, then what was stacked. */
export const applyScan = (inputs: readonly Tensor[], params: PrimitiveParams["scan"]): Tensor[] => {
  const all = apply("scan", inputs, params);
  return placesOf(scanResults(params)).map((place) => apply("result", [all], place));
};

/** The results of the primitive `cond`. */
export const applyCond = (inputs: readonly Tensor[], params: PrimitiveParams["cond"]): Tensor[] => {
  const all = apply("cond", inputs, params);
  return placesOf(condResults(params)).map((place) => apply("result", [all], place));
};

/** The results of the primitive `whileLoop`: the last carries. */
export const applyWhile = (inputs: readonly Tensor[], params: PrimitiveParams["whileLoop"]): Tensor[] => {
  const all = apply("whileLoop", inputs, params);
  return placesOf(whileResults(params)).map((place) => apply("result", [all], place));
};

/** The outputs of the primitive `kernel`. */
export const applyKernel = (inputs: readonly Tensor[], params: PrimitiveParams["kernel"]): Tensor[] => {
  const all = apply("kernel", inputs, params);
  return placesOf(params.outputs).map((place) => apply("result", [all], place));
};
