import type { Plane } from "../image/image.js";
import { checkSameSize, dataRange } from "./range.js";

/**
 * The PSNR (dB) that the authors' released evaluation code prints, with its fault: both pages are cast to uint16 (fractions cut off) and
 * the squared differences stay uint16, so that each is counted modulo 65536. Errors of 256 grey values or more are
 * under-counted, which raises the value. Peak = max - min of the clean page; NaN where the cast leaves it no contrast, as with grey values in [0, 1).
 * To understand published tables; use `psnr` to measure.
 */
export function psnrAsReleased(prediction: Plane, clean: Plane): number {
  checkSameSize("psnrAsReleased", prediction, clean);
  const truth = uint16(clean);
  dataRange("psnrAsReleased", clean); // a constant page is an error
  if (truth.data.every((value) => value === truth.data[0])) return Number.NaN;
  const range = dataRange("psnrAsReleased", truth);
  const { data } = uint16(prediction);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i]! - truth.data[i]!) ** 2 % 65536;
  return 20 * Math.log10(range / Math.sqrt(sum / data.length));
}

function uint16({ width, height, data }: Plane): Plane & { readonly data: Uint16Array } {
  return { width, height, data: Uint16Array.from(data) };
}
