import { expectDType, expectOptions, expectValue } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { minimum, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { lt, ne } from "./comparison.js";
import { concat } from "./concat.js";
import { full, ones } from "./creation.js";
import { cumsum } from "./cumsum.js";
import { take } from "./indexing.js";
import { expectSize, positionsOf, type SizeOptions } from "./nonzero.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { searchsorted } from "./searchsorted.js";
import { narrow } from "./slice.js";
import { sort } from "./sort.js";
import { where } from "./where.js";

/** The distinct values of a tensor. */
export interface Unique {
  /** [size], ascending, and `fill` after the last. */
  readonly values: Tensor;
  /** How often each occurs (i32 [size]), 0 after the last. */
  readonly counts: Tensor;
  /** Which of them each element is (i32, of the shape of x). */
  readonly inverse: Tensor;
  /** How many there are (i32 scalar), those beyond `size` too. */
  readonly count: Tensor;
}

/**
 * The distinct values of x in ascending order, as PyTorch's unique with JAX's `size`: what is beyond is left out, and `fill` (0 unless given) stands after the last. Each NaN is one of
 * its own. At the cost of `sort`.
 */
export function unique(x: Tensor, options: SizeOptions): Unique {
  expectDType("unique", "x", x, "numeric");
  expectOptions("unique", options, ["size", "fill"], "unique(x, { size: 10 })");
  const { size, fill = 0 } = options;
  expectSize("unique", size);
  expectValue("unique", fill, x.dtype);
  const count = sizeOf(x.shape);
  if (count === 0) {
    const none = full([size], 0, "i32");
    return {
      values: full([size], fill, x.dtype),
      counts: none,
      inverse: full(x.shape, 0, "i32"),
      count: full([], 0, "i32"),
    };
  }
  const sorted = sort(reshape(x, [count]), 0);
  const differs = ne(narrow(sorted, 0, 1, count - 1), narrow(sorted, 0, 0, count - 1));
  const first = concat([ones([1], "bool"), differs], 0);
  const starts = positionsOf(first, size + 1);
  const [start, next] = [narrow(starts, 0, 0, size), narrow(starts, 0, 1, size)];
  const group = sub(cumsum(cast(first, "i32"), 0), 1);
  return {
    values: where(lt(start, count), take(sorted, minimum(start, count - 1), 0), fill),
    counts: sub(next, start),
    inverse: take(group, minimum(searchsorted(sorted, x), count - 1), 0),
    count: sum(cast(first, "i32")),
  };
}
