import { expectDType, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { div } from "./arithmetic.js";
import { resolveAxes } from "./axes.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { not } from "./logic.js";
import { type Axes, type ReductionOptions, sum } from "./reductions.js";
import { where } from "./where.js";

/** Sum over `axes` of what is not NaN, which gets no gradient: NumPy's, PyTorch's and JAX's `nansum`. */
export function nanSum(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("nanSum", "x", x, "float");
  expectOptions("nanSum", options, ["keepDims"]);
  return sum(where(isnan(x), 0, x), resolveAxes("nanSum", axes, x.shape), options);
}

/** Mean over `axes` of what is not NaN, which gets no gradient, NaN where there is nothing else: NumPy's, PyTorch's and JAX's `nanmean`. That of halves is computed in f32. */
export function nanMean(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("nanMean", "x", x, "float");
  expectOptions("nanMean", options, ["keepDims"]);
  if (x.dtype === "f16") return cast(nanMean(cast(x, "f32"), axes, options), "f16");
  const isKnown = not(isnan(x));
  const named = resolveAxes("nanMean", axes, x.shape);
  return div(sum(where(isKnown, x, 0), named, options), sum(cast(isKnown, x.dtype), named, options));
}
