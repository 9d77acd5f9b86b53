import { fromFunction } from "../image/fromFunction.js";
import type { Float64Plane, Plane } from "../image/image.js";
import type { NoiseModel } from "./noiseModel.js";

/** The transform of zero photons, 2 sqrt(3/8): below, the series of the inverse diverges. */
export const LEAST_TRANSFORMED: number = 2 * Math.sqrt(0.375);

/**
 * The generalised Anscombe transform: a page of Poisson-Gaussian noise (variance `gain m + offset` at the expectation m) becomes one whose noise has standard deviation 1
 * nearly everywhere, `(2 / gain) sqrt(max(0, gain x + 3/8 gain^2 + offset))` (Starck, Murtagh and Bijaoui 1998); `x / sqrt(offset)` for gain 0.
 */
export function anscombe(page: Plane, noise: NoiseModel): Float64Plane {
  const { width, height, data } = page;
  const { gain, offset } = checked("anscombe", noise);
  const forward =
    gain > 0
      ? (x: number): number => (2 / gain) * Math.sqrt(Math.max(0, gain * x + 0.375 * gain * gain + offset))
      : (x: number): number => x / Math.sqrt(offset);
  return { width, height, data: fromFunction(new Float64Array(data.length), (i) => forward(data[i]!)) };
}

/**
 * Expected grey values from an estimate of the expectation of `anscombe`: the closed-form approximation of the exact unbiased inverse (Makitalo and Foi 2013),
 * `gain (D^2/4 + sqrt(3/2)/(4 D) - 11/(8 D^2) + 5 sqrt(3/2)/(8 D^3) - 1/8) - offset / gain`. The algebraic inverse would be too dark by up to gain/4 where photons are few.
 */
export function inverseAnscombe(page: Plane, noise: NoiseModel): Float64Plane {
  const { width, height, data } = page;
  const { gain, offset } = checked("inverseAnscombe", noise);
  const root = Math.sqrt(1.5);
  const backward =
    gain > 0
      ? (value: number): number => {
          const d = Math.max(LEAST_TRANSFORMED, value);
          const photons = (d * d) / 4 + root / (4 * d) - 11 / (8 * d * d) + (5 * root) / (8 * d ** 3) - 1 / 8;
          return gain * photons - offset / gain;
        }
      : (value: number): number => value * Math.sqrt(offset);
  return { width, height, data: fromFunction(new Float64Array(data.length), (i) => backward(data[i]!)) };
}

function checked(op: string, noise: NoiseModel): NoiseModel {
  if (!(noise.gain > 0 || (noise.gain === 0 && noise.offset > 0))) {
    throw new Error(
      `${op}: expected a noise model with gain > 0, or gain 0 and offset > 0, got gain ${noise.gain} and offset ${noise.offset}`,
    );
  }
  return noise;
}
