import { unclippedNormal, zerosOfCounts } from "./clippedNormal.js";
import type { SignalVariance } from "./varianceLine.js";

/** Pixels of about one brightness, which is above the lowest grey value. */
export type PixelsAtLowest = Pick<SignalVariance, "signal" | "variance"> & {
  readonly lowest: number;
  /** The part of them that has the lowest grey value. */
  readonly low: number;
};

/**
 * How much worse it tells of the pixels at the lowest grey value that they are zeros among counts of photons than that they are normal noise that was clipped there: the squared differences of their parts from what they were then, summed over
 * brightnesses, the one sum over the other. Near 0 for counts, above 1 for clipped noise, and between these for counts with little read noise that was clipped, which neither tells of. NaN without brightnesses.
 */
export function countsMisfit(brightnesses: readonly PixelsAtLowest[]): number {
  let [asCounts, asClipped] = [0, 0];
  for (const { signal, variance, lowest, low } of brightnesses) {
    asCounts += (low - zerosOfCounts(signal - lowest, variance)) ** 2;
    asClipped += (low - unclippedNormal(signal - lowest, variance).clipped) ** 2;
  }
  return asCounts / asClipped;
}
