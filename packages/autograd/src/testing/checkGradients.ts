import { describe } from "@clidim/tensor/expect";
import {
  combine,
  flatten,
  innerProduct,
  type Linearization,
  linearize,
  randomLike,
  type Values,
} from "./linearization.js";
import { randomNormal } from "./randomNormal.js";

export interface GradientCheckOptions {
  /** Of the random directions. Default 0. */
  readonly seed?: number;
  /** 1 checks the gradient, 2 the gradient of the gradient as well, and so on. Default 2. */
  readonly order?: number;
  /** Accepted difference, relative to the size of the derivative. Default 1e-6. */
  readonly tolerance?: number;
  /** How far the inputs are moved along a direction with elements of about 1. Default 1e-4. */
  readonly step?: number;
  /** Random directions tried per order. Default 2. */
  readonly projections?: number;
}

/** Elements looked at one by one to say where a gradient is wrong. */
const maxElements = 256;

/** Rounding of a float64 sum, with a margin for what f computes before. */
const rounding = 2 ** -47;

/**
 * Checks the gradients of `f` at `inputs`, its arguments, against central differences, both computed in float64 by the reference
 * interpreter: for random u and v, <vjp(u), v> must equal (<u, f(x + h v)> - <u, f(x - h v)>) / 2h, extrapolated to h = 0. `f` maps trees of
 * tensors to a tree of tensors; it should be smooth within `step` of `inputs` (off the kinks of abs, relu or max).
 * Throws with seed, shapes, both numbers and the worst element where they differ.
 */
export function checkGradients<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  inputs: Readonly<A>,
  { seed = 0, order = 2, tolerance = 1e-6, step = 1e-4, projections = 2 }: GradientCheckOptions = {},
): void {
  const random = randomNormal(seed);
  let flat = flatten("checkGradients", f, inputs);
  for (let current = 1; current <= order; current++) {
    const line = linearize("checkGradients", flat);
    const x = line.inputs.map(({ value }) => value);
    let cotangents: Values = [];
    for (let projection = 0; projection < projections; projection++) {
      const u = randomLike(line.outputs, random);
      const v = randomLike(
        line.inputs.map(({ tensor }) => tensor),
        random,
      );
      const gradient = line.gradientAt(x, u);
      const analytic = innerProduct(gradient, v);
      const numeric = differentiate(along(line, x, u, v), step);
      const allowed =
        tolerance * (analytic.size + Math.abs(analytic.value) + Math.abs(numeric.value)) +
        (rounding * numeric.magnitude) / step;
      if (!(Math.abs(analytic.value - numeric.value) <= allowed)) {
        throw new Error(
          [
            `checkGradients: the gradient of order ${current} is wrong (seed ${seed}, projection ${projection}): ` +
              `analytic ${analytic.value}, numeric ${numeric.value}, allowed difference ${allowed.toExponential(1)}`,
            `  inputs: ${line.inputs.map(({ name, tensor }) => `${name} ${describe(tensor)}`).join(", ")}`,
            `  ${worstElement(line, x, u, gradient, step)}`,
          ].join("\n"),
        );
      }
      cotangents = u;
    }
    if (current < order) flat = line.gradient(cotangents);
  }
}

/** <u, f(x + distance v)>, with the size of the numbers that it sums. */
const along =
  (line: Linearization, x: Values, u: Values, v: Values) =>
  (distance: number): { readonly value: number; readonly size: number } =>
    innerProduct(line.valueAt(combine(1, x, distance, v)), u);

interface Difference {
  readonly value: number;
  /** Central quotients with the whole step and half of it, which `value` extrapolates to none: its error is of order step^4. */
  readonly coarse: number;
  readonly fine: number;
  /** The size of the numbers that were subtracted. */
  readonly magnitude: number;
}

/** The derivative at 0 by differences. */
function differentiate(f: ReturnType<typeof along>, step: number): Difference {
  const [after, before] = [f(step), f(-step)];
  const coarse = (after.value - before.value) / (2 * step);
  const fine = (f(step / 2).value - f(-step / 2).value) / step;
  return { value: (4 * fine - coarse) / 3, coarse, fine, magnitude: after.size + before.size };
}

/** Where analytic and numeric derivative differ most, element by element. */
function worstElement(line: Linearization, x: Values, u: Values, gradient: Values, step: number): string {
  const total = x.reduce((count, { length }) => count + length, 0);
  const every = Math.ceil(total / maxElements);
  let worst = { error: -1, message: "" };
  let position = 0;
  for (const [i, { name, tensor }] of line.inputs.entries()) {
    for (const [j, value] of x[i]!.entries()) {
      if (position++ % every !== 0) continue;
      const direction = x.map(({ length }) => new Float64Array(length));
      direction[i]![j] = 1;
      const f = along(line, x, u, direction);
      const numeric = differentiate(f, step);
      const analytic = gradient[i]![j]!;
      const difference = Math.abs(analytic - numeric.value);
      const error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      if (error <= worst.error) continue;
      const message =
        `worst element: ${name} [${indexOf(j, tensor.shape).join(",")}] = ${value}: ` +
        `analytic ${analytic}, numeric ${numeric.value}`;
      worst = { error, message: message + roughness(f, numeric, step) };
    }
  }
  return worst.message;
}

/** What to say where difference quotients depend on side or step as those of a smooth function do not. */
function roughness(f: ReturnType<typeof along>, { coarse, fine }: Difference, step: number): string {
  const here = f(0).value;
  const [left, right] = [(here - f(-step).value) / step, (f(step).value - here) / step];
  const close = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-2 * (Math.abs(a) + Math.abs(b)) + 1e-6;
  return close(left, right) && close(coarse, fine)
    ? ""
    : `; the differences to the two sides are ${left} and ${right}, across them ${coarse} and with half the step ${fine}: ` +
        "where f has a kink or a jump, move the inputs off it";
}

/** The multi-index of a row-major position. */
function indexOf(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}
