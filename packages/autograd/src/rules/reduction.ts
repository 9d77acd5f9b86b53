import {
  apply,
  broadcastTo,
  cast,
  div,
  eq,
  expandDims,
  iota,
  mul,
  pad,
  reshape,
  sizeOf,
  slice,
  type Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

export const sum: VjpRule<"sum"> = unary((g, x) => broadcastTo(g, x.shape));

/** Elements that tie for the maximum share the gradient equally, as in JAX and PyTorch's amax. */
export const max: VjpRule<"max"> = unary((g, x, y, { axes }) => {
  const attains = cast(eq(x, broadcastTo(y, x.shape)), x.dtype);
  const share = div(g, apply("sum", [attains], { axes }));
  return mul(attains, broadcastTo(share, x.shape));
});

/** Factors for each of which all others are multiplied one by one: longer rows are cut into blocks of so many. */
const block = 32;

/** Per element of a row along `axis`, the product of all others: right where some are 0, and about 32 products per element. */
function productOfOthers(x: Tensor, axis: number): Tensor {
  const extent = x.shape[axis]!;
  if (extent <= 2 * block) {
    const square = x.shape.toSpliced(axis, 0, extent);
    const itself = eq(iota(square, axis), iota(square, axis + 1));
    const others = where(itself, 1, expandDims(x, axis));
    return reshape(apply("prod", [others], { axes: [axis + 1] }), x.shape);
  }
  const count = Math.ceil(extent / block);
  const missing = x.shape.map((_, i): [number, number] => [0, i === axis ? count * block - extent : 0]);
  const blocks = reshape(pad(x, missing, "constant", { value: 1 }), x.shape.toSpliced(axis, 1, count, block));
  const totals = reshape(apply("prod", [blocks], { axes: [axis + 1] }), x.shape.with(axis, count));
  const products = mul(
    productOfOthers(blocks, axis + 1),
    expandDims(productOfOthers(totals, axis), axis + 1),
  );
  return slice(
    reshape(products, x.shape.with(axis, count * block)),
    x.shape.map(() => 0),
    x.shape,
  );
}

/** For each element of x the product of all others over `axes`, which ascend. */
export function otherFactors(x: Tensor, axes: readonly number[]): Tensor {
  // All factors of a product in one row.
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const permutation = [...kept, ...axes];
  const moved = transpose(x, permutation);
  const factors = sizeOf(axes.map((axis) => x.shape[axis]!));
  const rows = reshape(moved, [...kept.map((axis) => x.shape[axis]!), factors]);
  return transpose(
    reshape(productOfOthers(rows, kept.length), moved.shape),
    x.shape.map((_, axis) => permutation.indexOf(axis)),
  );
}

/** d prod(x) = sum over i of the product of all others dx[i]. */
export const prod: VjpRule<"prod"> = unary((g, x, _y, { axes }) =>
  mul(otherFactors(x, axes), broadcastTo(g, x.shape)),
);
