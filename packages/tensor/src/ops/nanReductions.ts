import { expectDType, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { div } from "./arithmetic.js";
import { resolveAxes } from "./axes.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { not } from "./logic.js";
import { type Axes, all, max, min, type ReductionOptions, sum } from "./reductions.js";
import { where } from "./where.js";

/** Sum over `axes` of what is not NaN, which gets no gradient: NumPy's, PyTorch's and JAX's `nansum`. */
export function nanSum(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("nanSum", "x", x, "float");
  expectOptions("nanSum", options, ["keepDims"]);
  return sum(where(isnan(x), 0, x), resolveAxes("nanSum", axes, x.shape), options);
}

/** Largest element over `axes` of what is not NaN, NaN where there is nothing else: NumPy's and JAX's `nanmax`; throws where an axis has extent 0. */
export const nanMax = (x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor =>
  extreme("nanMax", x, axes, options);

/** Smallest element over `axes` of what is not NaN, NaN where there is nothing else: NumPy's and JAX's `nanmin`; throws where an axis has extent 0. */
export const nanMin = (x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor =>
  extreme("nanMin", x, axes, options);

function extreme(op: "nanMax" | "nanMin", x: Tensor, axes: Axes, options: ReductionOptions): Tensor {
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["keepDims"]);
  const named = resolveAxes(op, axes, x.shape);
  const isUnknown = isnan(x);
  const [farthest, reduce] =
    op === "nanMax" ? [Number.NEGATIVE_INFINITY, max] : [Number.POSITIVE_INFINITY, min];
  return where(
    all(isUnknown, named, options),
    Number.NaN,
    reduce(where(isUnknown, farthest, x), named, options),
  );
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
