import { expectTensor, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { transpose } from "./transpose.js";

/** Axis `from` of x becomes axis `to` of the result, the others keep their order: NumPy's `moveaxis`, PyTorch's `movedim`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  expectTensor("moveAxis", "x", x);
  const { length: rank } = x.shape;
  const [axis, place] = [normalizeAxis("moveAxis", from, rank), normalizeAxis("moveAxis", to, rank)];
  const others = [...x.shape.keys()].toSpliced(axis, 1);
  return transpose(x, others.toSpliced(place, 0, axis));
}

/** Axes `a` and `b` of x in each other's place: NumPy's `swapaxes`, PyTorch's `transpose(a, b)`. `swapAxes(x, -2, -1)` transposes each matrix of a batch. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  expectTensor("swapAxes", "x", x);
  const { length: rank } = x.shape;
  const [first, second] = [normalizeAxis("swapAxes", a, rank), normalizeAxis("swapAxes", b, rank)];
  return transpose(x, [...x.shape.keys()].with(first, second).with(second, first));
}
