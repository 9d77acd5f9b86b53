import { difference } from "../image/difference.js";
import type { Float64Plane, Plane } from "../image/image.js";
import { gaussianBlur } from "./gaussianBlur.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";
import type { NoiseModel } from "./noiseModel.js";

/** The standard deviation of the blur by which a residual is looked at, pixels: of its noise hardly a hundredth is left. */
const SIGMA = 24;

/** Of the variance of white noise, a blur leaves so much. */
const WHITE = 1 / (4 * Math.PI * SIGMA * SIGMA);

/**
 * A denoised page, in grey values, with the light that it lacks of the noisy page. Denoisers of variance-stabilised pages lose some where photons are few: noise is skewed there, and what goes by the data (thresholds, the weights of blocks
 * that look alike) prefers the many dark values to the few bright ones; and structures that are large and faint go with the noise. Neither is noise, which has the mean 0, so it is left in the residual. Its mean is added to all pixels, and what of its blur
 * (sigma 24 pixels) differs from the mean as far as it is more than noise: times `1 - (power of blurred noise) / (power found)`, as James and Stein (1961) shrink.
 */
export function restoreFlux(denoised: Plane, noisy: Plane, noise: NoiseModel): Float64Plane {
  const { width, height } = noisy;
  const pixels = width * height;
  const residual = difference(noisy, denoised).data;
  const mean = residual.reduce((sum, value) => sum + value, 0) / pixels;
  const centred = { width, height, data: residual.map((value) => value - mean) };
  const { data: lacking } = gaussianBlur(centred, SIGMA);
  const power = lacking.reduce((sum, value) => sum + value * value, 0) / pixels;
  let variance = 0;
  for (let i = 0; i < pixels; i++) {
    variance += Math.max(0, noise.gain * denoised.data[i]! + noise.offset) / pixels;
  }
  const chance = variance * (noise.correlation ? blurredPart(noise.correlation) : WHITE);
  const part = power > chance ? 1 - chance / power : 0;
  return {
    width,
    height,
    data: lacking.map((value, i) => denoised.data[i]! + mean + part * value),
  };
}

/** Likewise of shared noise: that which neighbours share it leaves as often as they are, and of whole rows or columns what it leaves along one axis. */
function blurredPart({ near, rows, columns }: NoiseCorrelation): number {
  const neighbours = near.reduce((sum, part) => sum + part, 0);
  return neighbours * WHITE + (rows + columns) * Math.sqrt(WHITE);
}
