import { boxOf } from "../blindSpots/blindSpots.js";
import type { Configuration } from "./schema.js";

type Masks = Pick<Configuration, "maskedPercent" | "structAxis" | "structSpan" | "hiddenPercent" | "crop">;

/**
 * The side of the boxes of which one pixel is a blind spot: as `maskedPercent` has it. Where neighbours are hidden too, the least from there on with which at most `hiddenPercent` of the pixels are hidden, structSpan / box^2 of them or fewer, as spots may have neighbours in common; but no larger than a crop. Of 100 % there is nothing to be said.
 */
export function spotBox({ maskedPercent, structAxis, structSpan, hiddenPercent, crop }: Masks): number {
  const box = boxOf(maskedPercent);
  if (structAxis === "none" || hiddenPercent >= 100) return box;
  const sparse = Math.ceil(Math.sqrt((100 * structSpan) / hiddenPercent));
  return Math.max(box, Math.min(sparse, crop));
}
