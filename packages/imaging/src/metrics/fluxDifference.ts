import type { Plane } from "../image/image.js";
import { checkSameSize } from "./range.js";

/**
 * Relative difference of the mean grey value of a page to that of a reference, `mean(page) / mean(reference) - 1`: 0.01 is one per cent more light. Noise has mean zero, so that the
 * reference may be the noisy page. A camera's offset is part of the means and makes the figure smaller; of a reference whose mean is 0, the figure is not finite.
 */
export function fluxDifference(page: Plane, reference: Plane): number {
  checkSameSize("fluxDifference", page, reference);
  let difference = 0;
  let total = 0;
  for (let i = 0; i < reference.data.length; i++) {
    difference += page.data[i]! - reference.data[i]!;
    total += reference.data[i]!;
  }
  return difference / total;
}
