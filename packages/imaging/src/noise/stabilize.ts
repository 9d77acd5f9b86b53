import { fromFunction } from "../image/fromFunction.js";
import type { Float64Plane, Plane } from "../image/image.js";
import { anscombe, inverseAnscombe } from "./anscombe.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";
import type { NoiseModel } from "./noiseModel.js";
import { restoreFlux } from "./restoreFlux.js";
import { withoutLines } from "./withoutLines.js";

/** A page whose noise has standard deviation 1 everywhere. */
export interface StabilizedPage {
  readonly page: Float64Plane;
  /** What pixels share of that noise; undefined: nothing. */
  readonly correlation: NoiseCorrelation | undefined;
  /** The grey values of what a denoiser makes of it, in which the mean of the page stays. */
  restore(denoised: Plane): Float64Plane;
}

/**
 * A page of Poisson-Gaussian noise for a denoiser of noise of standard deviation 1: `anscombe`, and what whole rows and columns share of the noise is taken away (`withoutLines`); back by
 * `inverseAnscombe` and `restoreFlux`. Undefined for a page without noise.
 */
export function stabilize(page: Plane, noise: NoiseModel): StabilizedPage | undefined {
  if (noise.gain === 0 && noise.offset === 0) return undefined;
  const { page: stable, scale, correlation } = withoutLines(anscombe(page, noise), noise.correlation);
  return {
    page: stable,
    correlation,
    restore(denoised) {
      const scaled =
        scale === 1
          ? denoised
          : {
              ...denoised,
              data: fromFunction(new Float64Array(denoised.data.length), (i) => denoised.data[i]! * scale),
            };
      return restoreFlux(inverseAnscombe(scaled, noise), page, noise);
    },
  };
}
