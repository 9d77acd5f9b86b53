import type { Plane } from "../image/image.js";
import { anscombe, type Float64Plane, inverseAnscombe } from "./anscombe.js";
import { estimateSharedNoise } from "./estimateSharedNoise.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";
import type { NoiseModel } from "./noiseModel.js";
import { restoreFlux } from "./restoreFlux.js";
import { withoutLines } from "./withoutLines.js";

/**
 * Applies a denoiser for noise of standard deviation 1 to a page of Poisson-Gaussian noise: `anscombe` with `noise`, by default the page's own `estimateSharedNoise`, the denoiser,
 * `inverseAnscombe`, and `restoreFlux`, by which the mean of the page stays. A page without noise comes back as it is.
 */
export function stabilized(
  denoise: (page: Float64Plane) => Plane,
  page: Plane,
  noise?: NoiseModel,
): Float64Plane {
  return stabilizer(page, noise)(denoise);
}

/** `stabilized` for several denoisers of one page, whose noise is estimated once; or is known, as that of a part of a page from the whole. What whole rows and columns share of the noise is taken from the page first, and a denoiser is told what pixels share of the rest. */
export function stabilizer(
  page: Plane,
  noise: NoiseModel = estimateSharedNoise(page),
): (denoise: (page: Float64Plane, correlation?: NoiseCorrelation) => Plane) => Float64Plane {
  if (noise.gain === 0 && noise.offset === 0) {
    return () => ({ width: page.width, height: page.height, data: Float64Array.from(page.data) });
  }
  const { page: stable, scale, correlation } = withoutLines(anscombe(page, noise), noise.correlation);
  return (denoise) => {
    const denoised = denoise(stable, correlation);
    const scaled =
      scale === 1
        ? denoised
        : { ...denoised, data: Float64Array.from(denoised.data, (value) => value * scale) };
    return restoreFlux(inverseAnscombe(scaled, noise), page, noise);
  };
}
