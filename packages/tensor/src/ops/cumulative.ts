import { isFloat } from "../dtype.js";
import { expectDType, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { isScalarAxis } from "./axes.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { ge, le } from "./comparison.js";
import { full, iota } from "./creation.js";
import { logAddExp } from "./logAddExp.js";
import { and, not, or } from "./logic.js";
import { pad } from "./pad.js";
import { where } from "./where.js";

// Each element with the one 1, 2, 4, ... places before it (Hillis and Steele, 1986): log2 of the extent steps, a kernel each.

/** The steps of a scan. */
function* distances(extent: number): Generator<number> {
  for (let distance = 1; distance < extent; distance *= 2) yield distance;
}

/** The elements `distance` places before each along an axis, `value` where there are none. */
const shifted = (x: Tensor, axis: number, distance: number, value = 0): Tensor =>
  pad(
    x,
    x.shape.map((_, i) => (i === axis ? [distance, -distance] : [0, 0])),
    "constant",
    { value },
  );

/**
 * Products along `axis`, each element's of those up to and including it: NumPy's cumprod; right and differentiable where factors are 0, too. Takes log2 of the extent
 * multiplications per element, a kernel each.
 */
export function cumprod(x: Tensor, axis: number): Tensor {
  expectDType("cumprod", "x", x, "numeric");
  if (isScalarAxis(x, axis)) return x;
  const resolved = normalizeAxis("cumprod", axis, x.shape.length);
  let products = x;
  for (const distance of distances(x.shape[resolved]!)) {
    products = mul(products, shifted(products, resolved, distance, 1));
  }
  return products;
}

/**
 * log(sum(exp(x))) along `axis` of the elements up to and including each, without overflow: PyTorch's logcumsumexp. Takes log2 of the extent steps, a kernel each.
 */
export function logCumSumExp(x: Tensor, axis: number): Tensor {
  expectDType("logCumSumExp", "x", x, "float");
  if (isScalarAxis(x, axis)) return x;
  const resolved = normalizeAxis("logCumSumExp", axis, x.shape.length);
  let sums = x;
  for (const distance of distances(x.shape[resolved]!)) {
    sums = logAddExp(sums, shifted(sums, resolved, distance, Number.NEGATIVE_INFINITY));
  }
  return sums;
}

/** Extremes so far, and where they are. */
export interface CumulativeExtremes {
  readonly values: Tensor;
  /** i32, along the axis; the last of equals. */
  readonly indices: Tensor;
}

function extremes(op: "cummax" | "cummin", x: Tensor, axis: number): CumulativeExtremes {
  expectDType(op, "x", x, "any");
  if (isScalarAxis(x, axis)) return { values: x, indices: full([], 0, "i32") };
  if (x.dtype === "bool") {
    const { values, indices } = extremes(op, cast(x, "i32"), axis);
    return { values: cast(values, "bool"), indices };
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  const position = iota(x.shape, resolved);
  let [values, indices] = [x, position];
  for (const distance of distances(x.shape[resolved]!)) {
    const earlier = shifted(values, resolved, distance);
    const reaches = (op === "cummax" ? ge : le)(values, earlier);
    const stays = isFloat(x.dtype) ? or(reaches, isnan(values)) : reaches;
    const replaced = and(ge(position, distance), not(stays));
    indices = where(replaced, shifted(indices, resolved, distance), indices);
    values = where(replaced, earlier, values);
  }
  return { values, indices };
}

/** The largest element along `axis` up to and including each, NaN from the first on, and its position: PyTorch's cummax. The gradient goes to where it came from. */
export const cummax = (x: Tensor, axis: number): CumulativeExtremes => extremes("cummax", x, axis);

/** The smallest element along `axis` up to and including each, NaN from the first on, and its position: PyTorch's cummin. The gradient goes to where it came from. */
export const cummin = (x: Tensor, axis: number): CumulativeExtremes => extremes("cummin", x, axis);
