import type { Steps } from "@clidim/denoise";
import {
  anscombe,
  estimateNoise,
  type Float64Plane,
  inverseAnscombe,
  type NoiseModel,
  type Plane,
  restoreFlux,
} from "@clidim/imaging";
import { blockMatching3dSteps } from "./blockMatching3d.js";

/** `stabilized` with `blockMatching3d`, in steps that say what part of the page is done. The noise is the page's own unless it is known. */
export function* stabilizedBlockMatching3d(
  page: Plane,
  strength: number,
  noise: NoiseModel = estimateNoise(page),
): Steps<Float64Plane, number> {
  if (noise.gain === 0 && noise.offset === 0) {
    return { width: page.width, height: page.height, data: Float64Array.from(page.data) };
  }
  const denoised = yield* blockMatching3dSteps(anscombe(page, noise), { strength });
  return restoreFlux(inverseAnscombe(denoised, noise), page, noise);
}
