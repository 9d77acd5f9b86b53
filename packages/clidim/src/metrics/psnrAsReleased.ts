import type { Plane } from "../image/image.js";
import { checkSameSize, dataRange } from "./range.js";

/**
 * The PSNR (dB) that the authors' released evaluation code prints, with its fault: both pages are cast to uint16 (fractions cut off) and
 * the squared differences stay uint16, so that each is counted modulo 65536. Errors of 256 grey values or more are
 * under-counted, which raises the value. Peak = max - min of the clean page. To understand published tables; use `psnr` to measure.
 */
export function psnrAsReleased(prediction: Plane, clean: Plane): number {
  checkSameSize("psnrAsReleased", prediction, clean);
  const truth = uint16(clean);
  const range = dataRange("psnrAsReleased", truth);
  const { data } = uint16(prediction);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i]! - truth.data[i]!) ** 2 % 65536;
  return 20 * Math.log10(range / Math.sqrt(sum / data.length));
}

function uint16({ width, height, data }: Plane): Plane {
  return { width, height, data: Uint16Array.from(data) };
}
