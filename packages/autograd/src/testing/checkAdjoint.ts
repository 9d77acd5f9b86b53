import { describe } from "@clidim/tensor/expect";
import { combine, flatten, innerProduct, linearize, randomLike } from "./linearization.js";
import { randomNormal } from "./randomNormal.js";

export interface AdjointCheckOptions {
  /** Of the random values. Default 0. */
  readonly seed?: number;
  /** Accepted difference, relative to the size of the numbers compared. Default 1e-12. */
  readonly tolerance?: number;
}

/**
 * Checks that `linear` is linear in all its float inputs together, and that its gradient is its adjoint: f(a x + b y) = a f(x) + b f(y),
 * and <f(x), u> = <x, vjp(u)>, for random x, y and u in float64. No differences are taken, so both hold to rounding, and every
 * mistake in an index shows. `inputs` are the arguments: their shapes, and the values of integer leaves, are used. For a bilinear
 * function, close over one argument at a time.
 */
export function checkAdjoint<A extends readonly unknown[], R>(
  linear: (...args: A) => R,
  inputs: Readonly<A>,
  { seed = 0, tolerance = 1e-12 }: AdjointCheckOptions = {},
): void {
  const random = randomNormal(seed);
  const line = linearize("checkAdjoint", flatten("checkAdjoint", linear, inputs));
  const shapes = line.inputs.map(({ name, tensor }) => `${name} ${describe(tensor)}`).join(", ");
  const tensors = line.inputs.map(({ tensor }) => tensor);
  const x = randomLike(tensors, random);
  const y = randomLike(tensors, random);
  const u = randomLike(line.outputs, random);

  const [a, b] = [random(), random()];
  const combined = line.valueAt(combine(a, x, b, y));
  const separate = combine(a, line.valueAt(x), b, line.valueAt(y));
  combined.forEach((values, output) => {
    const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    values.forEach((value, i) => {
      const expected = separate[output]![i]!;
      if (!(Math.abs(value - expected) <= tolerance * size)) {
        throw new Error(
          `checkAdjoint: the function is not linear (seed ${seed}): at element ${i} of output ${output}, f(a x + b y) is ${value} ` +
            `but a f(x) + b f(y) is ${expected} (inputs ${shapes})`,
        );
      }
    });
  });

  const forward = innerProduct(line.valueAt(x), u);
  const backward = innerProduct(x, line.gradientAt(x, u));
  if (!(Math.abs(forward.value - backward.value) <= tolerance * (forward.size + backward.size + 1))) {
    throw new Error(
      `checkAdjoint: the gradient is not the adjoint (seed ${seed}): <f(x), u> is ${forward.value}, <x, vjp(u)> is ${backward.value} ` +
        `(inputs ${shapes}, outputs ${line.outputs.map(describe).join(", ")})`,
    );
  }
}
