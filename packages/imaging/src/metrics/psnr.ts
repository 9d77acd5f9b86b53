import type { Plane } from "../image/image.js";
import { meanSquaredError } from "./meanSquaredError.js";
import { checkSameSize, dataRange } from "./range.js";

/**
 * Peak signal-to-noise ratio in dB, `10 log10(peak^2 / MSE)` in float64 (scikit-image's `peak_signal_noise_ratio`).
 * `peak` is "range", max - min of the clean page (the convention of microscopy denoising papers), or a grey value.
 * Infinite for equal pages.
 */
export function psnr(
  prediction: Plane,
  clean: Plane,
  { peak = "range" }: { peak?: "range" | number } = {},
): number {
  checkSameSize("psnr", prediction, clean);
  const value = peak === "range" ? dataRange("psnr", clean) : peak;
  return 10 * Math.log10((value * value) / meanSquaredError(prediction, clean));
}
