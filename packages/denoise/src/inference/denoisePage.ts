import { denormalize, type Normalization, type Plane } from "@clidim/imaging";
import { networkPage } from "../data/networkPage.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { DenoiseOptions, Denoiser } from "./denoise.js";

/** A page in grey values, or the captures that it is the mean of, denoised in network values and back. */
export async function denoisePage(
  denoise: Denoiser,
  page: NoisyPlane,
  normalization: Normalization,
  configuration: Pick<RunConfiguration, "noiseLevelMap">,
  options?: DenoiseOptions,
): Promise<Plane> {
  const { width, height } = page;
  const denoised = await denoise(networkPage(page, normalization, configuration), width, height, options);
  return { width, height, data: denormalize(denoised, normalization) };
}
