import { describe, expectDType, expectOptions, normalizeAxis } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { isScalarAxis } from "./axes.js";
import { full } from "./creation.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** The direction of an order. */
export interface SortOptions {
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

/** The permutation that sorts each row along `axis`. */
function orderOf(
  op: string,
  x: Tensor,
  axis: number,
  options: SortOptions,
): { order: Tensor; resolved: number } {
  expectDType(op, "x", x, "any");
  expectOptions(op, options, ["descending"]);
  const resolved = normalizeAxis(op, axis, x.shape.length);
  const { descending = false } = options;
  return { order: apply("argsort", [x], { axis: resolved, descending }), resolved };
}

/**
 * The elements along `axis` in ascending order, false before true. Equal ones keep their order, NaN counts as the largest, and gradients go back to where each element came
 * from. By merging, in n log(n)^2 steps per row.
 */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  expectDType("sort", "x", x, "any");
  if (isScalarAxis(x, axis)) return reshape(sort(reshape(x, [1]), 0, options), []);
  const { order, resolved } = orderOf("sort", x, axis, options);
  return apply("arrange", [x, order], { axis: resolved });
}

/** The positions (i32) along `axis` that `sort` takes its elements from. */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  expectDType("argsort", "x", x, "any");
  if (isScalarAxis(x, axis)) return reshape(argsort(reshape(x, [1]), 0, options), []);
  return orderOf("argsort", x, axis, options).order;
}

/**
 * The `k` largest elements along `axis`, largest first, and their positions (i32); among equals the one at the lower position comes first. NaN
 * counts as the largest. As PyTorch's topk, at the cost of `sort`.
 */
export function topK(x: Tensor, k: number, axis = -1): { readonly values: Tensor; readonly indices: Tensor } {
  expectDType("topK", "x", x, "any");
  if (isScalarAxis(x, axis) && k === 1) return { values: x, indices: full([], 0, "i32") };
  const resolved = normalizeAxis("topK", axis, x.shape.length);
  const extent = x.shape[resolved]!;
  if (!Number.isInteger(k) || k < 0 || k > extent) {
    throw new Error(
      `topK: k must be a whole number from 0 to ${extent}, the extent of axis ${resolved}, got ${k} (x ${describe(x)})`,
    );
  }
  const order = apply("argsort", [x], { axis: resolved, descending: true });
  const first = (sorted: Tensor): Tensor =>
    slice(
      sorted,
      x.shape.map(() => 0),
      x.shape.with(resolved, k),
    );
  return { values: first(apply("arrange", [x, order], { axis: resolved })), indices: first(order) };
}
