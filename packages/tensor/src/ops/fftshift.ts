import { Tensor } from "../tensor.js";
import { resolveAxes } from "./axes.js";
import { type Complex, toComplex } from "./complex.js";
import { roll } from "./flip.js";

type Axes = number | readonly number[];

/** Rolls each axis by what `shift` says of its extent. */
function shifted(
  op: string,
  x: Tensor | Complex,
  axes: Axes | undefined,
  shift: (n: number) => number,
): Tensor | Complex {
  const rolled = (part: Tensor): Tensor =>
    resolveAxes(op, axes, part.shape).reduce((y, axis) => roll(y, shift(part.shape[axis]!), axis), part);
  if (x instanceof Tensor) return rolled(x);
  const { real, imag } = toComplex(op, "x", x);
  return { real: rolled(real), imag: rolled(imag) };
}

/** The frequencies in ascending order along `axes` (all by default), 0 in the middle: at n / 2 rounded down. */
export function fftshift(x: Complex, axes?: Axes): Complex;
export function fftshift(x: Tensor, axes?: Axes): Tensor;
export function fftshift(x: Tensor | Complex, axes?: Axes): Tensor | Complex {
  return shifted("fftshift", x, axes, (n) => Math.floor(n / 2));
}

/** The inverse of `fftshift`. */
export function ifftshift(x: Complex, axes?: Axes): Complex;
export function ifftshift(x: Tensor, axes?: Axes): Tensor;
export function ifftshift(x: Tensor | Complex, axes?: Axes): Tensor | Complex {
  return shifted("ifftshift", x, axes, (n) => -Math.floor(n / 2));
}
