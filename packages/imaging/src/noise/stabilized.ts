import type { Plane } from "../image/image.js";
import { anscombe, type Float64Plane, inverseAnscombe } from "./anscombe.js";
import { estimateNoise } from "./estimateNoise.js";
import type { NoiseModel } from "./noiseModel.js";
import { restoreFlux } from "./restoreFlux.js";

/**
 * Applies a denoiser for noise of standard deviation 1 to a page of Poisson-Gaussian noise: `anscombe` with `noise`, by default the page's own `estimateNoise`, the denoiser,
 * `inverseAnscombe`, and `restoreFlux`, by which the mean of the page stays. A page without noise comes back as it is.
 */
export function stabilized(
  denoise: (page: Float64Plane) => Plane,
  page: Plane,
  noise?: NoiseModel,
): Float64Plane {
  return stabilizer(page, noise)(denoise);
}

/** `stabilized` for several denoisers of one page, whose noise is estimated once; or is known, as that of a part of a page from the whole. */
export function stabilizer(
  page: Plane,
  noise: NoiseModel = estimateNoise(page),
): (denoise: (page: Float64Plane) => Plane) => Float64Plane {
  if (noise.gain === 0 && noise.offset === 0) {
    return () => ({ width: page.width, height: page.height, data: Float64Array.from(page.data) });
  }
  const stable = anscombe(page, noise);
  return (denoise) => restoreFlux(inverseAnscombe(denoise(stable), noise), page, noise);
}
