import type { PrimitiveParams } from "../primitives/params.js";
import { placesOf } from "../primitives/result.js";
import { scanResults } from "../primitives/scan.js";
import { apply, type Tensor } from "../tensor.js";

/** The results of the primitive `scan`: the last carries, then what was stacked. */
export const applyScan = (inputs: readonly Tensor[], params: PrimitiveParams["scan"]): Tensor[] => {
  const all = apply("scan", inputs, params);
  return placesOf(scanResults(params)).map((place) => apply("result", [all], place));
};

/** The outputs of the primitive `kernel`. */
export const applyKernel = (inputs: readonly Tensor[], params: PrimitiveParams["kernel"]): Tensor[] => {
  const all = apply("kernel", inputs, params);
  return placesOf(params.outputs).map((place) => apply("result", [all], place));
};
