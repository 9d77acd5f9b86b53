import type { Plane } from "../image/image.js";
import { affineFit } from "./affineFit.js";
import { checkSameSize, dataRange } from "./range.js";

/**
 * Scale-invariant PSNR in dB: the PSNR (peak = max - min of the clean page) after the affine map of grey values that brings the prediction
 * closest to the clean page. It forgives a wrong gain or offset, so that it is no substitute for PSNR where intensities are measured.
 */
export function siPsnr(prediction: Plane, clean: Plane): number {
  checkSameSize("siPsnr", prediction, clean);
  const range = dataRange("siPsnr", clean);
  const { scale, offset } = affineFit(prediction, clean);
  let sum = 0;
  for (let i = 0; i < clean.data.length; i++) {
    const difference = scale * prediction.data[i]! + offset - clean.data[i]!;
    sum += difference * difference;
  }
  return 10 * Math.log10((range * range) / (sum / clean.data.length));
}
