import {
  describe,
  expectDType,
  expectOptions,
  expectSameDType,
  expectTensor,
  show,
} from "../primitives/expect.js";
import { sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, floor, minimum, mul, sub } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { cast } from "./cast.js";
import { isfinite, isinf } from "./classification.js";
import { clip } from "./clip.js";
import { eq, ge, le, lt } from "./comparison.js";
import { full, iota } from "./creation.js";
import { take } from "./indexing.js";
import { and } from "./logic.js";
import { arange } from "./ranges.js";
import { max, min, sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { where } from "./where.js";

/** What is counted. */
export interface HistogramOptions {
  /** Bins of equal width. Default 10. */
  readonly bins?: number;
  /** The limits of the first and the last bin; what is outside is not counted. Default: those of the finite elements of x, 0 to 1 where there are none. */
  readonly range?: readonly [low: number, high: number];
  /** What each element counts, of the shape and dtype of x. Default 1. */
  readonly weights?: Tensor;
}

/** Counts, and the edges of what was counted. */
export interface Histogram {
  /** [bins], of the dtype of x. */
  readonly counts: Tensor;
  /** [bins + 1], of the dtype of x. */
  readonly edges: Tensor;
}

/**
 * How many elements of x are in each of some bins of equal width, a bin having its lower edge and the last one both: NumPy's and PyTorch's histogram. Takes bins times elements steps. NaN and
 * infinity are in no bin. Differentiable in the weights.
 */
export function histogram(x: Tensor, options: HistogramOptions = {}): Histogram {
  const op = "histogram";
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["bins", "range", "weights"]);
  const { bins = 10, range, weights } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new Error(`${op}: bins must be a whole number of at least 1, got ${show(bins)}`);
  }
  if (weights !== undefined) {
    expectTensor(op, "weights", weights);
    expectSameDType(op, [x, weights]);
    if (!sameShape(weights.shape, x.shape)) {
      throw new Error(
        `${op}: weights must have the shape of x, got ${describe(weights)} for x ${describe(x)}`,
      );
    }
  }
  const { low, high } = limitsOf(op, x, range);
  const width = sub(high, low);
  const count = sizeOf(x.shape);
  const steps = div(cast(arange(bins + 1), x.dtype), bins);
  const edges = add(broadcastTo(low, [bins + 1]), mul(steps, width));
  if (count === 0) return { counts: full([bins], 0, x.dtype), edges };
  const flat = reshape(x, [count]);
  const inside = and(ge(flat, low), le(flat, high));
  const near = minimum(floor(mul(div(sub(flat, low), width), bins)), bins - 1);
  const place = where(inside, corrected(cast(where(inside, near, 0), "i32"), flat, edges), -1);
  const shares = weights ? reshape(weights, [count]) : full([count], 1, x.dtype);
  const meets = eq(expandDims(place, 0), iota([bins, count], 0));
  return { counts: sum(where(meets, expandDims(shares, 0), 0), 1), edges };
}

/** The bin whose edges an element is between, of one that rounding may have put beside it. */
function corrected(bin: Tensor, x: Tensor, edges: Tensor): Tensor {
  const last = edges.shape[0]! - 2;
  const above = ge(x, take(edges, add(bin, 1), 0));
  const below = lt(x, take(edges, bin, 0));
  return clip(add(bin, sub(cast(above, "i32"), cast(below, "i32"))), 0, last);
}

/** The given limits, or those of the finite elements; equal ones are moved apart by a half to both sides. */
function limitsOf(
  op: string,
  x: Tensor,
  range: HistogramOptions["range"],
): { readonly low: Tensor; readonly high: Tensor } {
  const scalar = (value: number): Tensor => full([], value, x.dtype);
  if (range === undefined) {
    if (sizeOf(x.shape) === 0) return { low: scalar(0), high: scalar(1) };
    const counted = isfinite(x);
    const least = min(where(counted, x, Number.POSITIVE_INFINITY));
    const isNone = isinf(least);
    const low = where(isNone, 0, least);
    const high = where(isNone, 1, max(where(counted, x, Number.NEGATIVE_INFINITY)));
    const same = eq(low, high);
    return { low: where(same, sub(low, 0.5), low), high: where(same, add(high, 0.5), high) };
  }
  const [low, high] = Array.isArray(range) ? range : [];
  if (!Array.isArray(range) || range.length !== 2 || ![low, high].every(Number.isFinite) || low! > high!) {
    throw new Error(`${op}: range must be [low, high], two finite numbers in this order, got ${show(range)}`);
  }
  const apart = low === high ? 0.5 : 0;
  return { low: scalar(low! - apart), high: scalar(high! + apart) };
}
