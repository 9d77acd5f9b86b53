import { denormalize, type Normalization, normalize, type Plane } from "@clidim/imaging";
import type { DenoiseOptions, Denoiser } from "./denoise.js";

/** A page in grey values, denoised in network values and back. */
export async function denoisePage(
  denoise: Denoiser,
  { width, height, data }: Plane,
  normalization: Normalization,
  options: DenoiseOptions = {},
): Promise<Plane> {
  const denoised = await denoise(normalize(data, normalization), width, height, options);
  return { width, height, data: denormalize(denoised, normalization) };
}
