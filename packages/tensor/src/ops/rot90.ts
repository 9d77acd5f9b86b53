import { describe, expectTensor, normalizeAxis, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { flip } from "./flip.js";
import { swapAxes } from "./moveAxis.js";

/** x turned by `k` right angles from the first of two axes towards the second: NumPy's, PyTorch's and JAX's `rot90`. */
export function rot90(x: Tensor, k = 1, axes: readonly [from: number, to: number] = [0, 1]): Tensor {
  const op = "rot90";
  expectTensor(op, "x", x);
  if (!Number.isInteger(k)) throw new Error(`${op}: k must be a whole number, got ${show(k)}`);
  if (!Array.isArray(axes) || axes.length !== 2) {
    throw new Error(`${op}: axes must be two, such as [0, 1], got ${show(axes)}`);
  }
  const [from, to] = axes.map((axis) => normalizeAxis(op, axis, x.shape.length)) as [number, number];
  if (from === to) throw new Error(`${op}: axes are both axis ${from} of x ${describe(x)}`);
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x;
  if (turns === 2) return flip(x, [from, to]);
  return turns === 1 ? flip(swapAxes(x, from, to), from) : swapAxes(flip(x, from), from, to);
}
