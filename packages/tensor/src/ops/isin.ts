import { expectDType, expectSameDType } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { eq } from "./comparison.js";
import { any } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";

/** Whether each element is among `values` (bool), of any shape: NumPy's, PyTorch's and JAX's `isin`. NaN is among none. Compares each with each. */
export function isin(x: Tensor, values: Tensor): Tensor {
  expectDType("isin", "x", x, "any");
  expectDType("isin", "values", values, "any");
  expectSameDType("isin", [x, values]);
  return any(eq(expandDims(x, -1), reshape(values, [sizeOf(values.shape)])), -1);
}
