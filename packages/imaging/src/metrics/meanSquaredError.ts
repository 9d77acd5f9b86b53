import type { Plane } from "../image/image.js";
import { checkSameSize } from "./range.js";

/** Mean of the squared differences in grey values squared, float64. */
export function meanSquaredError(prediction: Plane, clean: Plane): number {
  checkSameSize("meanSquaredError", prediction, clean);
  const a = prediction.data;
  const b = clean.data;
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum / b.length;
}
