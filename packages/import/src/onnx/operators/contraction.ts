import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Operator } from "../call.js";

/** As NumPy's matmul: a vector is a row on the left and a column on the right. */
const matmul: Operator = (call) => {
  const [a, b] = [call.plain(0), call.plain(1)];
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const product = t.matmul(row ? t.expandDims(a, 0) : a, column ? t.expandDims(b, 1) : b);
  const rank = product.shape.length;
  const gone = [...(row ? [rank - 2] : []), ...(column ? [rank - 1] : [])];
  return gone.length > 0 ? t.squeeze(product, gone) : product;
};

const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : t.mul(x, factor));

/** alpha a b + beta c, with a and b transposed where they are. */
const gemm: Operator = (call) => {
  const turned = (x: Tensor, name: string): Tensor => (call.int(name, 0) === 1 ? t.transpose(x) : x);
  const product = t.matmul(turned(call.plain(0), "transA"), turned(call.plain(1), "transB"));
  const c = call.optionalPlain(2);
  const weighted = scaled(product, call.float("alpha", 1));
  return c ? t.add(weighted, scaled(c, call.float("beta", 1))) : weighted;
};

const einsum: Operator = (call) => {
  const equation = call.node.attributes.get("equation");
  if (equation?.kind !== "string") return call.refuse("has no equation");
  return t.einsum(equation.value.replaceAll(" ", ""), ...call.values().map((_, index) => call.plain(index)));
};

export const contraction: Readonly<Record<string, Operator>> = {
  Det: (call) => t.det(call.plain(0)),
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matmul,
};
