import type { Float64Plane, Plane } from "../image/image.js";
import { estimateSharedNoise } from "./estimateSharedNoise.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";
import type { NoiseModel } from "./noiseModel.js";
import { stabilize } from "./stabilize.js";

/** Applies a denoiser for noise of standard deviation 1 to a page of Poisson-Gaussian noise (`stabilize`), by default the page's own `estimateSharedNoise`. A page without noise comes back as it is. */
export function stabilized(
  denoise: (page: Float64Plane) => Plane,
  page: Plane,
  noise?: NoiseModel,
): Float64Plane {
  return stabilizer(page, noise)(denoise);
}

/** `stabilized` for several denoisers of one page, whose noise is estimated once; or is known, as that of a part of a page from the whole. A denoiser is told what pixels share of it. */
export function stabilizer(
  page: Plane,
  noise: NoiseModel = estimateSharedNoise(page),
): (denoise: (page: Float64Plane, correlation?: NoiseCorrelation) => Plane) => Float64Plane {
  const stable = stabilize(page, noise);
  return (denoise) =>
    stable
      ? stable.restore(denoise(stable.page, stable.correlation))
      : { width: page.width, height: page.height, data: Float64Array.from(page.data) };
}
