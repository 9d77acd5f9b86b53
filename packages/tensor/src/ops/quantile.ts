import { isFloat } from "../dtype.js";
import { expectChoice, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { isnan } from "./classification.js";
import { stack } from "./concat.js";
import { lerp } from "./lerp.js";
import { any, type ReductionOptions } from "./reductions.js";
import { narrow } from "./slice.js";
import { sortedAlong } from "./sortedAlong.js";
import { where } from "./where.js";

/** What lies between two elements. */
export interface QuantileOptions extends ReductionOptions {
  /** "linear" between the two, the "lower" or the "higher" of them, the "nearest", or their "midpoint". Default "linear". */
  readonly interpolation?: "linear" | "lower" | "higher" | "nearest" | "midpoint";
}

/** Elements along an axis in ascending order, and how to make a result of them. */
interface Ordered {
  readonly count: number;
  /** The element of a rank. */
  readonly at: (rank: number) => Tensor;
  /** A value with the axis of extent 1 as the result has it: NaN where there is one among the elements. */
  readonly finish: (value: Tensor) => Tensor;
}

function order(
  op: string,
  x: Tensor,
  given: number | undefined,
  keepDims: boolean,
  accepts?: "numeric",
): Ordered {
  const { rows, axis, sorted, shaped } = sortedAlong(op, x, given, keepDims, accepts);
  const finish = (value: Tensor): Tensor => {
    if (!isFloat(value.dtype)) return shaped(value);
    return shaped(where(any(isnan(rows), axis, { keepDims: true }), Number.NaN, value));
  };
  return { count: rows.shape[axis]!, at: (rank) => narrow(sorted, axis, rank, 1), finish };
}

/**
 * The middle element along `axis`, or of all, of integers too: of an even number the lower of the two in the middle, as PyTorch's median; `quantile(x, 0.5)` is their mean. NaN where there is one. At the
 * cost of `sort`; the gradient goes to where the element came from.
 */
export function median(x: Tensor, axis?: number, options: ReductionOptions = {}): Tensor {
  expectOptions("median", options, ["keepDims"]);
  const { count, at, finish } = order("median", x, axis, options.keepDims ?? false, "numeric");
  return finish(at(Math.floor((count - 1) / 2)));
}

/**
 * The value that a share `q` of the elements along `axis`, or of all, lies below: the element of rank q (n - 1), between elements as `interpolation` says: NumPy's and PyTorch's quantile. Several q
 * are along a new first axis. NaN where there is one among the elements. At the cost of `sort`.
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[],
  axis?: number,
  options: QuantileOptions = {},
): Tensor {
  const op = "quantile";
  const { shares, interpolation, keepDims } = expectShares(op, q, options);
  const { count, at, finish } = order(op, x, axis, keepDims);
  const results = shares.map((share) => finish(between(share * (count - 1), at, interpolation)));
  return typeof q === "number" ? results[0]! : stack(results, 0);
}

/** The shares that q says, and the options with their defaults; throws where there are none. */
export function expectShares(
  op: string,
  q: number | readonly number[],
  options: QuantileOptions,
): Required<QuantileOptions> & { readonly shares: readonly number[] } {
  expectOptions(op, options, ["interpolation", "keepDims"]);
  const { interpolation = "linear", keepDims = false } = options;
  expectChoice(op, "interpolation", interpolation, ["linear", "lower", "higher", "nearest", "midpoint"]);
  const shares = typeof q === "number" ? [q] : q;
  if (!Array.isArray(shares) || shares.length === 0 || shares.some((share) => !(share >= 0 && share <= 1))) {
    throw new Error(`${op}: q must be a number from 0 to 1, or several, got ${show(q)}`);
  }
  return { shares, interpolation, keepDims };
}

function between(
  rank: number,
  at: (rank: number) => Tensor,
  interpolation: NonNullable<QuantileOptions["interpolation"]>,
): Tensor {
  const [low, high] = [Math.floor(rank), Math.ceil(rank)];
  if (low === high) return at(low);
  switch (interpolation) {
    case "lower":
      return at(low);
    case "higher":
      return at(high);
    case "nearest": {
      // A half goes to the even rank.
      const half = rank - low === 0.5;
      return at(half ? low + (low % 2) : Math.round(rank));
    }
    case "linear":
      return lerp(at(low), at(high), rank - low);
    case "midpoint":
      // Halves first: the sum of two may be above all numbers.
      return add(mul(at(low), 0.5), mul(at(high), 0.5));
    default:
      throw new Error(`unknown interpolation ${interpolation satisfies never}`);
  }
}
