import type { Normalization } from "@clidim/imaging";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { frameValues, type NoisyPlane, networkValues } from "./noisyPlane.js";
import { noiseOfPlane } from "./pageNoise.js";

/** A page in grey values as a network of this configuration sees it, for `denoiser`: in network values, with the captures that it is the mean of and the level of their noise where the network sees these. */
export function networkPage(
  page: NoisyPlane,
  map: Normalization,
  { noiseLevelMap = false }: Pick<RunConfiguration, "noiseLevelMap">,
): Float32Array {
  const noise = noiseLevelMap ? (page.noise ?? noiseOfPlane(page)) : undefined;
  return networkValues(frameValues(page), map, page.frames?.length ?? 1, noise);
}
