import { denormalize, type Normalization, type Plane } from "@clidim/imaging";
import { type NoisyPlane, networkValues } from "../data/noisyPlane.js";
import type { DenoiseOptions, Denoiser } from "./denoise.js";

/** A page in grey values, or the captures that it is the mean of, denoised in network values and back. */
export async function denoisePage(
  denoise: Denoiser,
  page: NoisyPlane,
  normalization: Normalization,
  options: DenoiseOptions = {},
): Promise<Plane> {
  const { width, height } = page;
  const denoised = await denoise(networkValues(page, normalization), width, height, options);
  return { width, height, data: denormalize(denoised, normalization) };
}
