import type { Plane } from "../image/image.js";
import { affineFit } from "./affineFit.js";
import { checkSameSize } from "./range.js";

/** The grey value that the released code divides by, whatever the data's range: the largest of 12 bits. */
const RELEASED_RANGE = 4095;

/**
 * The NRMSE that the authors' released evaluation code prints, with its faults: the root mean square distance of the prediction from an affine
 * rescale of itself (the one closest to the clean page), over 4095. It tells how far the prediction's gain and offset are off, and nothing of its error: a page of any
 * noise with the right regression slope scores 0. To understand published tables; use `nrmse` to measure.
 */
export function nrmseAsReleased(prediction: Plane, clean: Plane): number {
  checkSameSize("nrmseAsReleased", prediction, clean);
  const { scale, offset } = affineFit(prediction, clean);
  const { data } = prediction;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const difference = data[i]! - (scale * data[i]! + offset);
    sum += difference * difference;
  }
  return Math.sqrt(sum / data.length) / RELEASED_RANGE;
}
