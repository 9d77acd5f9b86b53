import { correlatedNoise, counterRandom, gaussianBlur, type NoiseModel, type Plane } from "@clidim/imaging";
import type { HidingPage, LaterDenoiser } from "./hiddenPixels.js";

/** The standard deviation of the noise that is added, in that of the page's own. */
const ADDED = 0.5;

/** The blur of the page by which the strength of its noise is told, pixels. */
const SIGNAL_BLUR = 1;

/** Every so manyth pixel counts, across and down: those beside it have noise in common with it. */
const STRIDE = 2;

/** A page with more noise, and one whose noise is independent of that. */
interface NoisierPage {
  readonly shown: Plane;
  readonly against: Plane;
}

/** The noise of what is shown. */
const noisier = ({ gain, offset, correlation }: NoiseModel): NoiseModel => ({
  gain: (1 + ADDED ** 2) * gain,
  offset: (1 + ADDED ** 2) * offset,
  correlation,
});

/**
 * Of a page y with noise of the covariance S two pairs `y + a z` and `y - z / a`, and the same of -z, where z has the covariance S as well: the noise of both has the covariance `S - S = 0`, so that what a denoiser makes of the first, less the second, has as mean square
 * its error against the clean page plus what does not hang on it, whatever pixels share (Pang, Zheng, Quan and Ji 2021; Oliveira, Lei and Tibshirani 2022). With both signs most of what z does by chance cancels.
 */
function noisierPages(page: Plane, noise: NoiseModel, set: number): NoisierPage[] {
  const { width, height } = page;
  const { data: normals } = correlatedNoise(page, noise.correlation!, counterRandom(0, set)); // where it is shared
  const { data: signal } = gaussianBlur(page, SIGNAL_BLUR);
  const added = normals.map(
    (value, i) => value * Math.sqrt(Math.max(0, noise.gain * signal[i]! + noise.offset)),
  );
  const plus = (times: number): Plane => ({
    width,
    height,
    data: added.map((value, i) => page.data[i]! + times * value),
  });
  return [1, -1].map((sign) => ({ shown: plus(sign * ADDED), against: plus(-sign / ADDED) }));
}

/**
 * What `hiddenErrors` is where pixels share noise (`noise.correlation`), so that hidden ones could be foretold by noise: what a denoiser makes of a noisier page, whose noise it is told, less a page with independent noise; of every fourth pixel. It is judged at 1.25 times the
 * variance of the noise. Only as good as the noise is known.
 */
export function addedNoiseErrors(
  hiding: Pick<HidingPage, "seen" | "part">,
  noise: NoiseModel,
  set: number,
  denoise: (page: Plane, noise: NoiseModel) => Plane,
): number[] {
  return noisierPages(hiding.part, noise, set).flatMap(({ shown, against }) =>
    errorsOf(hiding, set, denoise(shown, noisier(noise)), against),
  );
}

/** The same of a denoiser that takes its time and finds out about the noise by itself. */
export async function laterAddedNoiseErrors(
  hiding: Pick<HidingPage, "seen" | "part">,
  noise: NoiseModel,
  set: number,
  denoise: LaterDenoiser,
): Promise<number[]> {
  const errors: number[] = [];
  for (const { shown, against } of noisierPages(hiding.part, noise, set)) {
    errors.push(...errorsOf(hiding, set, await denoise(shown), against));
  }
  return errors;
}

function errorsOf(
  { seen, part: { width, height, data } }: Pick<HidingPage, "seen" | "part">,
  set: number,
  denoised: Plane,
  against: Plane,
): number[] {
  const errors: number[] = [];
  for (let y = Math.floor(set / STRIDE) % STRIDE; y < height; y += STRIDE) {
    for (let x = set % STRIDE; x < width; x += STRIDE) {
      const at = y * width + x;
      // A hot pixel.
      if (seen.data[at] !== data[at]) continue;
      errors.push(denoised.data[at]! - against.data[at]!);
    }
  }
  return errors;
}
