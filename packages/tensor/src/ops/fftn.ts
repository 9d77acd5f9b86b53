import { expectOptions, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { type Complex, toComplex } from "./complex.js";
import {
  asNumbers,
  type FftNorm,
  normOf,
  severalAxes,
  transformAxes,
  transformReal,
  transformToReal,
} from "./transformAxes.js";

/** The axes of a Fourier transform. */
export interface FftnOptions {
  /** The lengths transformed, one per axis: x is cut, or filled with zeros at its ends. Default its extents. */
  readonly s?: number | readonly number[];
  /** Default the last two of an image transform; of others as many of the last as `s` has lengths, else all. */
  readonly axes?: number | readonly number[];
  /** Default "backward". */
  readonly norm?: FftNorm;
}

interface Resolved {
  readonly s?: readonly number[];
  readonly axes?: readonly number[];
  readonly norm: FftNorm;
}

/** A number stands for a list of one. */
const listOf = (given: number | readonly number[]): readonly number[] =>
  typeof given === "number" ? [given] : given;

/** The options, with the axes of the operation where none are given. */
function resolve(op: string, options: FftnOptions, usual: readonly number[] | undefined): Resolved {
  expectOptions(op, options, ["s", "axes", "norm"]);
  const { s, axes = usual, norm } = options;
  return {
    ...(s !== undefined && { s: listOf(s) }),
    ...(axes !== undefined && { axes: listOf(axes) }),
    norm: normOf(op, norm),
  };
}

/** A transform of several axes. */
export type FftnTransform<X, Y> = (x: X, options?: FftnOptions) => Y;
type Axes = readonly number[] | undefined;

const between =
  (op: string, inverse: boolean, usual?: Axes): FftnTransform<Tensor | Complex, Complex> =>
  (x, options = {}) => {
    const { s, axes, norm } = resolve(op, options, usual);
    const z = toComplex(op, "x", asNumbers(x));
    return transformAxes(z, severalAxes(op, z.real, s, axes), norm, inverse);
  };

const fromReal =
  (op: string, usual?: Axes): FftnTransform<Tensor, Complex> =>
  (x, options = {}) => {
    expectTensor(op, "x", x);
    const { s, axes, norm } = resolve(op, options, usual);
    const { real } = toComplex(op, "x", asNumbers(x));
    return transformReal(real, severalAxes(op, real, s, axes), norm);
  };

const toReal =
  (op: string, usual?: Axes): FftnTransform<Tensor | Complex, Tensor> =>
  (x, options = {}) => {
    const { s, axes, norm } = resolve(op, options, usual);
    const z = toComplex(op, "x", asNumbers(x));
    const chosen = severalAxes(op, z.real, s, axes);
    const sizes = s ? chosen.sizes : chosen.sizes.with(-1, 2 * (chosen.sizes.at(-1)! - 1));
    return transformToReal(op, z, { axes: chosen.axes, sizes }, norm);
  };

/** Those of images. */
const lastTwo: Axes = [-2, -1];

/** `fft` along several axes, all by default. */
export const fftn: FftnTransform<Tensor | Complex, Complex> = between("fftn", false);

/** The inverse of `fftn`. */
export const ifftn: FftnTransform<Tensor | Complex, Complex> = between("ifftn", true);

/** `rfft` along the last of several axes, then `fft` along the others. */
export const rfftn: FftnTransform<Tensor, Complex> = fromReal("rfftn");

/** The inverse of `rfftn`; an odd length of the last axis has to be given in `s`. */
export const irfftn: FftnTransform<Tensor | Complex, Tensor> = toReal("irfftn");

/** `fftn` of the last two axes. */
export const fft2: FftnTransform<Tensor | Complex, Complex> = between("fft2", false, lastTwo);

/** `ifftn` of the last two axes. */
export const ifft2: FftnTransform<Tensor | Complex, Complex> = between("ifft2", true, lastTwo);

/** `rfftn` of the last two axes. */
export const rfft2: FftnTransform<Tensor, Complex> = fromReal("rfft2", lastTwo);

/** `irfftn` of the last two axes. */
export const irfft2: FftnTransform<Tensor | Complex, Tensor> = toReal("irfft2", lastTwo);
