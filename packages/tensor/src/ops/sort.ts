import { describe, expectDType, expectOptions, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { eq, gt, lt } from "./comparison.js";
import { iota } from "./creation.js";
import { and, or } from "./logic.js";
import { sum } from "./reductions.js";
import { expandDims } from "./reshape.js";
import { where } from "./where.js";

// By counting: the place of an element is the number of those that come before it. That is extent^2 comparisons per row, in loops
// that store nothing beside their results, without a dependency between them: quick up to some thousand elements.

/** The direction of an order. */
export interface SortOptions {
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

/** How many elements along `axis` come before each one; among equals, those at lower positions. */
function ranks(x: Tensor, axis: number, descending: boolean): Tensor {
  const shape = x.shape.toSpliced(axis, 0, x.shape[axis]!);
  const [self, other] = [expandDims(x, axis + 1), expandDims(x, axis)];
  const ahead = descending ? gt(other, self) : lt(other, self);
  const earlierEqual = and(eq(other, self), lt(iota(shape, axis + 1), iota(shape, axis)));
  return sum(cast(or(ahead, earlierEqual), "i32"), axis + 1);
}

/** The elements of ranks 0 to count - 1, in that order. */
function arrange(x: Tensor, rank: Tensor, axis: number, count = x.shape[axis]!): Tensor {
  const places = iota(x.shape.toSpliced(axis, 0, count), axis);
  return sum(where(eq(expandDims(rank, axis), places), expandDims(x, axis), 0), axis + 1);
}

/**
 * The elements along `axis` in ascending order. Equal ones keep their order, and gradients go back to where each element came from.
 * Takes extent^2 comparisons per row: for axes up to some thousand elements. NaN has no place in the order.
 */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  expectDType("sort", "x", x, "numeric");
  expectOptions("sort", options, ["descending"]);
  const resolved = normalizeAxis("sort", axis, x.shape.length);
  return arrange(x, ranks(x, resolved, options.descending ?? false), resolved);
}

/** The positions (i32) along `axis` that `sort` takes its elements from; same order, same cost. */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  expectDType("argsort", "x", x, "numeric");
  expectOptions("argsort", options, ["descending"]);
  const resolved = normalizeAxis("argsort", axis, x.shape.length);
  return arrange(iota(x.shape, resolved), ranks(x, resolved, options.descending ?? false), resolved);
}

/**
 * The `k` largest elements along `axis`, largest first, and their positions (i32); among equals the one at the lower position comes first. As
 * PyTorch's topk, at the cost of `sort`.
 */
export function topK(x: Tensor, k: number, axis = -1): { readonly values: Tensor; readonly indices: Tensor } {
  expectDType("topK", "x", x, "numeric");
  const resolved = normalizeAxis("topK", axis, x.shape.length);
  const extent = x.shape[resolved]!;
  if (!Number.isInteger(k) || k < 1 || k > extent) {
    throw new Error(
      `topK: k must be a whole number from 1 to ${extent}, the extent of axis ${resolved}, got ${k} (x ${describe(x)})`,
    );
  }
  const rank = ranks(x, resolved, true);
  return {
    values: arrange(x, rank, resolved, k),
    indices: arrange(iota(x.shape, resolved), rank, resolved, k),
  };
}
