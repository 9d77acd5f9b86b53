import type { Steps } from "@clidim/denoise";
import {
  anscombe,
  estimateSharedNoise,
  type Float64Plane,
  inverseAnscombe,
  type NoiseModel,
  type Plane,
  restoreFlux,
  withoutLines,
} from "@clidim/imaging";
import { blockMatching3dSteps } from "./blockMatching3d.js";

/** `stabilized` with `blockMatching3d`, in steps that say what part of the page is done. The noise is the page's own unless it was measured; what pixels share of it is estimated. */
export function* stabilizedBlockMatching3d(
  page: Plane,
  strength: number,
  measured?: NoiseModel,
): Steps<Float64Plane, number> {
  const noise = estimateSharedNoise(page, measured);
  if (noise.gain === 0 && noise.offset === 0) {
    return { width: page.width, height: page.height, data: Float64Array.from(page.data) };
  }
  const { page: stable, scale, correlation } = withoutLines(anscombe(page, noise), noise.correlation);
  const denoised = yield* blockMatching3dSteps(stable, { strength, correlation });
  const scaled = scale === 1 ? denoised : { ...denoised, data: denoised.data.map((value) => value * scale) };
  return restoreFlux(inverseAnscombe(scaled, noise), page, noise);
}
