import { describe, expectSameDType, expectTensor } from "../primitives/expect.js";
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";

/**
 * Matrix product of a [...batch,M,K] and b [...batch,K,N] with broadcast batch dimensions. As in NumPy, a vector a [K] is a row, a vector
 * b [K] a column, and the axis this adds is dropped from the result. Zeros where K is 0. f16 accumulates in f32. Products of integers are exact, and slower: one sum per element.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  expectTensor("matmul", "a", a);
  expectTensor("matmul", "b", b);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new Error(
      `matmul: expected vectors or matrices, got ${describe(a)} and ${describe(b)}; use mul for scalars`,
    );
  }
  const left = a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b;
  if (left.shape.at(-1) !== right.shape.at(-2)) {
    // Before batches are merged or stretched, so that the message has the caller's shapes.
    throw new Error(
      `matmul: a has ${left.shape.at(-1)} columns, b has ${right.shape.at(-2)} rows (${describe(a)} and ${describe(b)}); they must be equal, transpose what lies the other way`,
    );
  }
  const [batch, other] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
  if (!broadcasts(batch, other)) {
    throw new Error(
      `matmul: batches ${formatShape(batch)} and ${formatShape(other)} do not broadcast (${describe(a)} and ${describe(b)}); ` +
        "aligned at the last axis, extents must be equal or 1",
    );
  }
  const product = multiply(left, right);
  const rows = a.shape.length === 1 ? [] : [product.shape.at(-2)!];
  const columns = b.shape.length === 1 ? [] : [product.shape.at(-1)!];
  return reshape(product, [...product.shape.slice(0, -2), ...rows, ...columns]);
}

const broadcasts = (a: Shape, b: Shape): boolean =>
  a.toReversed().every((extent, i) => {
    const other = b.at(-1 - i) ?? 1;
    return extent === other || extent === 1 || other === 1;
  });

function multiply(a: Tensor, b: Tensor): Tensor {
  if (a.dtype === "i32" || a.dtype === "u32") {
    expectSameDType("matmul", [a, b]);
    return sum(mul(expandDims(a, -1), expandDims(b, -3)), -2);
  }
  const [m, k] = a.shape.slice(-2);
  // One matrix b for the whole batch: the batch is more rows of a.
  if (b.shape.length === 2 && a.shape.length > 2) {
    const rows = sizeOf(a.shape.slice(0, -1));
    return reshape(apply("matmul", [reshape(a, [rows, k!]), b], {}), [...a.shape.slice(0, -1), b.shape[1]!]);
  }
  const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return apply(
    "matmul",
    [broadcastTo(a, [...batch, m!, k!]), broadcastTo(b, [...batch, ...b.shape.slice(-2)])],
    {},
  );
}
