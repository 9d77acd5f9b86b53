import { blendedValues } from "./blend.js";
import type { FileDenoiser } from "./fileDenoiser.js";

/** Pages, whole in memory, as the mean of what two denoisers of one pass make of them in grey values: `(1 - weight)` times the first's plus `weight` times the other's. What is to be told of them is the first's; pages of the other's are begun before it is their turn where these can be. */
export const blendedFile = (
  { bands: _none, ...first }: FileDenoiser,
  other: FileDenoiser,
  weight: number,
): FileDenoiser => ({
  ...first,
  ...(other.ahead && { ahead: other.ahead }),
  async denoise(noisy, index, onPart) {
    const { denoised } = await first.denoise(noisy, index, (part) => onPart(part / 2));
    const { denoised: second } = await other.denoise(noisy, index, (part) => onPart((1 + part) / 2));
    return { denoised: { ...denoised, data: blendedValues(denoised.data, second.data, weight) } };
  },
});
