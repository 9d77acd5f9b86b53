import type { Plane } from "../image/image.js";
import { estimateNoise } from "./estimateNoise.js";
import { noiseCorrelation } from "./noiseCorrelation.js";
import type { NoiseModel } from "./noiseModel.js";

/**
 * The noise of a page with what its pixels share of it (`noiseCorrelation`): of a page whose pixels have noise of their own, `estimateNoise` or what was measured. Of shared noise `estimateNoise` sees a part alone, and the model has all of it; measured
 * noise stays, and one that has a correlation is all that is known.
 */
export function estimateSharedNoise(page: Plane, measured?: NoiseModel): NoiseModel {
  if (measured?.correlation) return measured;
  const noise = measured ?? estimateNoise(page);
  const found = noiseCorrelation(page, noise);
  if (!found) return noise;
  const scale = measured ? 1 : found.ratio;
  return { gain: scale * noise.gain, offset: scale * noise.offset, correlation: found.correlation };
}
