import { expectNumbers, expectTensor, normalizeAxis } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";

/** Axis i of the result is axis `permutation[i]` of `x`; without a permutation the axes are reversed. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  expectTensor("transpose", "x", x);
  if (permutation !== undefined) {
    expectNumbers("transpose", "permutation", permutation, "it names every axis, as in transpose(x, [1, 0])");
  }
  const rank = x.shape.length;
  const axes = permutation
    ? permutation.map((axis) => normalizeAxis("transpose", axis, rank))
    : [...x.shape.keys()].reverse();
  const identical = axes.length === rank && axes.every((axis, i) => axis === i);
  return identical ? x : apply("transpose", [x], { permutation: axes });
}
