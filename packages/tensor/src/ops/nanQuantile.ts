import { isFloat } from "../dtype.js";
import { expectDType, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, ceil, floor, mul, round, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { eq, le } from "./comparison.js";
import { stack } from "./concat.js";
import { lerp } from "./lerp.js";
import { not } from "./logic.js";
import { expectShares, median, type QuantileOptions } from "./quantile.js";
import { type ReductionOptions, sum } from "./reductions.js";
import { sortedAlong } from "./sortedAlong.js";
import { takeAlongAxis } from "./takeAlongAxis.js";
import { where } from "./where.js";

/** What is not NaN along an axis, in ascending order. */
interface Known {
  /** How many there are, less one, f32, with the axis of extent 1. */
  readonly last: Tensor;
  /** The elements of ranks (f32, of the shape of `last`), NaN where there are none. */
  readonly at: (rank: Tensor) => Tensor;
  /** A value with the axis of extent 1 as the result has it. */
  readonly finish: (value: Tensor) => Tensor;
}

function known(op: string, x: Tensor, given: number | undefined, keepDims: boolean): Known {
  // NaN is last; where there is nothing else, it is first, too.
  const { rows, axis, sorted, shaped } = sortedAlong(op, x, given, keepDims);
  const count = sum(cast(not(isnan(rows)), "f32"), axis, { keepDims: true });
  return {
    last: sub(count, 1),
    at: (rank) => takeAlongAxis(sorted, cast(rank, "i32"), axis),
    finish: shaped,
  };
}

/** `median` of what is not NaN, of integers too, NaN where there is nothing else: PyTorch's `nanmedian`, the lower of two in the middle. */
export function nanMedian(x: Tensor, axis?: number, options: ReductionOptions = {}): Tensor {
  expectOptions("nanMedian", options, ["keepDims"]);
  expectDType("nanMedian", "x", x, "numeric");
  if (!isFloat(x.dtype)) return median(x, axis, options);
  const { last, at, finish } = known("nanMedian", x, axis, options.keepDims ?? false);
  return finish(at(floor(mul(last, 0.5))));
}

/** `quantile` of what is not NaN, NaN where there is nothing else: NumPy's, PyTorch's and JAX's `nanquantile`. Takes as many steps more per row and q as the axis has elements. */
export function nanQuantile(
  x: Tensor,
  q: number | readonly number[],
  axis?: number,
  options: QuantileOptions = {},
): Tensor {
  const op = "nanQuantile";
  const { shares, interpolation, keepDims } = expectShares(op, q, options);
  const { last, at, finish } = known(op, x, axis, keepDims);
  const results = shares.map((share) => finish(between(rankOf(last, share), at, interpolation)));
  return typeof q === "number" ? results[0]! : stack(results, 0);
}

/** The rank q (n - 1), a whole number where it is one but for the rounding of a product in f32: "lower" and "higher" would take the element beside it. */
function rankOf(last: Tensor, share: number): Tensor {
  const rank = mul(last, share);
  const whole = round(rank);
  return where(le(abs(sub(rank, whole)), mul(rank, 2 ** -23)), whole, rank);
}

function between(
  rank: Tensor,
  at: (rank: Tensor) => Tensor,
  interpolation: NonNullable<QuantileOptions["interpolation"]>,
): Tensor {
  const low = floor(rank);
  switch (interpolation) {
    case "lower":
      return at(low);
    case "higher":
      return at(ceil(rank));
    case "nearest":
      // A half goes to the even rank.
      return at(round(rank));
    case "midpoint":
      // Halves first: the sum of two may be above all numbers.
      return add(mul(at(low), 0.5), mul(at(ceil(rank)), 0.5));
    case "linear": {
      const rest = cast(sub(rank, low), at(low).dtype);
      // Of two infinities, which are no distance apart, one will do.
      return where(eq(rest, 0), at(low), lerp(at(low), at(ceil(rank)), rest));
    }
    default:
      throw new Error(`unknown interpolation ${interpolation satisfies never}`);
  }
}
