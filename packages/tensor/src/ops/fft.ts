import { expectOptions, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { type Complex, conj, toComplex } from "./complex.js";
import {
  asNumbers,
  type FftNorm,
  normOf,
  oneAxis,
  transformAxes,
  transformReal,
  transformToReal,
} from "./transformAxes.js";

/** The axis of a Fourier transform. */
export interface FftOptions {
  /** The length transformed: x is cut, or filled with zeros at its end. Default its extent. */
  readonly n?: number;
  /** Default the last. */
  readonly axis?: number;
  /** Default "backward". */
  readonly norm?: FftNorm;
}

/** The division of the other direction, for transforms that are called by it. */
const opposite: Readonly<Record<FftNorm, FftNorm>> = {
  backward: "forward",
  ortho: "ortho",
  forward: "backward",
};

function resolve(op: string, options: FftOptions): { n: number | undefined; axis: number; norm: FftNorm } {
  expectOptions(op, options, ["n", "axis", "norm"]);
  const { n, axis = -1, norm } = options;
  return { n, axis, norm: normOf(op, norm) };
}

function alongAxis(op: string, x: Tensor | Complex, options: FftOptions, inverse: boolean): Complex {
  const { n, axis, norm } = resolve(op, options);
  const z = toComplex(op, "x", asNumbers(x));
  return transformAxes(z, oneAxis(op, z.real, n, axis), norm, inverse);
}

function fromReal(op: string, x: Tensor, options: FftOptions, swapped: boolean): Complex {
  expectTensor(op, "x", x);
  const { n, axis, norm } = resolve(op, options);
  const { real } = toComplex(op, "x", asNumbers(x));
  return transformReal(real, oneAxis(op, real, n, axis), swapped ? opposite[norm] : norm);
}

function toReal(op: string, x: Tensor | Complex, options: FftOptions, swapped: boolean): Tensor {
  const { n, axis, norm } = resolve(op, options);
  const z = toComplex(op, "x", asNumbers(x));
  const { axes, sizes } = oneAxis(op, z.real, n, axis);
  const chosen = { axes, sizes: n === undefined ? [2 * (sizes[0]! - 1)] : sizes };
  return swapped
    ? transformToReal(op, conj(z), chosen, opposite[norm])
    : transformToReal(op, z, chosen, norm);
}

/**
 * The discrete Fourier transform along one axis, sum over j of x_j exp(-2 pi i j k / n), of a real tensor or of complex numbers, of any length: by radices of 2, 3, 4, 5, 7 and 8, larger primes as they are up
 * to 61, and by Bluestein's algorithm beyond. As NumPy's and PyTorch's fft; f16 is transformed in f32. The relative error in f32 is about 6e-8 times log2(n) at most.
 */
export const fft = (x: Tensor | Complex, options: FftOptions = {}): Complex =>
  alongAxis("fft", x, options, false);

/** The inverse of `fft`: 1 / n times the sum over k of x_k exp(2 pi i j k / n). */
export const ifft = (x: Tensor | Complex, options: FftOptions = {}): Complex =>
  alongAxis("ifft", x, options, true);

/**
 * The transform of a real tensor: the frequencies 0 to n / 2 of `fft`, of which the others are the conjugates. Even lengths are transformed as n / 2 complex numbers, half the
 * steps of `fft` in half the memory; odd ones take as many as `fft`.
 */
export const rfft = (x: Tensor, options: FftOptions = {}): Complex => fromReal("rfft", x, options, false);

/** The inverse of `rfft`: n real numbers, by default 2 (m - 1) from m frequencies. An odd n has to be given. */
export const irfft = (x: Tensor | Complex, options: FftOptions = {}): Tensor =>
  toReal("irfft", x, options, false);

/** The real transform of a signal whose other half is the conjugate of this one: n frequencies, by default 2 (m - 1). */
export const hfft = (x: Tensor | Complex, options: FftOptions = {}): Tensor =>
  toReal("hfft", x, options, true);

/** The inverse of `hfft`. */
export const ihfft = (x: Tensor, options: FftOptions = {}): Complex =>
  conj(fromReal("ihfft", x, options, true));
