import { describe, expectDType, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { isScalarAxis } from "./axes.js";
import { reshape } from "./reshape.js";
import { narrow } from "./slice.js";
import { argsort } from "./sort.js";
import { takeAlongAxis } from "./takeAlongAxis.js";

/**
 * The k-th smallest element along `axis`, k from 1 on, and its position (i32), without that axis: PyTorch's kthvalue; among equals the one at the lower position comes first. NaN counts as the largest.
 * At the cost of `sort`.
 */
export function kthValue(
  x: Tensor,
  k: number,
  axis = -1,
): { readonly values: Tensor; readonly indices: Tensor } {
  const op = "kthValue";
  expectDType(op, "x", x, "any");
  if (isScalarAxis(x, axis)) return kthValue(reshape(x, [1]), k, 0);
  const resolved = normalizeAxis(op, axis, x.shape.length);
  const extent = x.shape[resolved]!;
  if (!Number.isInteger(k) || k < 1 || k > extent) {
    throw new Error(
      `${op}: k must be a whole number from 1 to ${extent}, the extent of axis ${resolved}, got ${String(k)} (x ${describe(x)})`,
    );
  }
  const place = narrow(argsort(x, resolved), resolved, k - 1, 1);
  const shape = x.shape.toSpliced(resolved, 1);
  return { values: reshape(takeAlongAxis(x, place, resolved), shape), indices: reshape(place, shape) };
}
