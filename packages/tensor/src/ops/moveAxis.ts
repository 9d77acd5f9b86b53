import { expectTensor, normalizeAxis } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { transpose } from "./transpose.js";

/** Axis `from` of x becomes axis `to` of the result, or several do, each its own; the others keep their order: NumPy's `moveaxis`, PyTorch's `movedim`. */
export function moveAxis(
  x: Tensor,
  from: number | readonly number[],
  to: number | readonly number[],
): Tensor {
  expectTensor("moveAxis", "x", x);
  const { length: rank } = x.shape;
  const [axes, places] = [from, to].map((list) => {
    const resolved = [list].flat().map((axis) => normalizeAxis("moveAxis", axis, rank));
    if (new Set(resolved).size !== resolved.length) {
      throw new Error(`moveAxis: [${[list].flat()}] name an axis of x ${formatShape(x.shape)} twice`);
    }
    return resolved;
  }) as [number[], number[]];
  if (axes.length !== places.length) {
    throw new Error(
      `moveAxis: expected as many axes as places, got ${axes.length} and ${places.length} for x ${formatShape(x.shape)}`,
    );
  }
  const others = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  return transpose(
    x,
    x.shape.map((_, place) => (places.includes(place) ? axes[places.indexOf(place)]! : others.shift()!)),
  );
}

/** Axes `a` and `b` of x in each other's place: NumPy's `swapaxes`, PyTorch's `transpose(a, b)`. `swapAxes(x, -2, -1)` transposes each matrix of a batch. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  expectTensor("swapAxes", "x", x);
  const { length: rank } = x.shape;
  const [first, second] = [normalizeAxis("swapAxes", a, rank), normalizeAxis("swapAxes", b, rank)];
  return transpose(x, [...x.shape.keys()].with(first, second).with(second, first));
}
