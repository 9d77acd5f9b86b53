import { evenlySpread, InputError, type Plane } from "@clidim/imaging";
import type { Scene } from "../pairing.js";
import type { PairCheckOptions } from "./checkPairs.js";
import { comparePair, verdictOf } from "./comparePair.js";
import { shiftLength, shiftText } from "./shiftText.js";

/** So many pairs are looked at. */
const PAIRS = 48;
/** Shifts below it are not spoken of, pixels. */
const SPOKEN_SHIFT = 0.5;
/** Means that differ by more standard deviations of a page than this are another exposure. */
const OTHER_BRIGHTNESS = 0.25;

/**
 * Looks whether two captures show the same, at pairs that are evenly spread. `InputError`s, with `force` warnings: captures that are identical, so that the noise would be learnt with the image, and that do not correlate. Warned of: shifts of more
 * than half a pixel, and another brightness.
 */
export async function checkCapturePairs(
  scenes: readonly Scene[],
  { force = false, onWarning, signal }: PairCheckOptions = {},
): Promise<void> {
  const refuse = (sentence: string): void => {
    if (!force) throw new InputError(sentence, { keys: ["second", "force"] });
    onWarning?.(sentence);
  };
  let [shifted, brighter]: (string | undefined)[] = [];
  for (const index of evenlySpread(Math.min(PAIRS, scenes.length), scenes.length)) {
    signal?.throwIfAborted();
    const { name, noisy } = scenes[index]!;
    const [first, second] = noisy.pages;
    if (!first || !second) throw new Error(`checkCapturePairs: ${name} is no pair`);
    const { identical, correlation } = await comparePair(first, second);
    if (identical) {
      refuse(
        `${name} are identical, pixel for pixel, so that the noise would be learnt with the image; give two captures of each scene`,
      );
    }
    if (correlation && verdictOf(correlation) === "apart") {
      refuse(
        `${name} do not show the same: their correlation is ${correlation.inPlace.toFixed(2)}, expected about ${correlation.expected.toFixed(2)} with this noise; ` +
          "give captures of the same scenes, in the same order",
      );
    }
    if (correlation && verdictOf(correlation) === "together") {
      const { shift, factor } = correlation;
      if (shiftLength(shift) > Math.max(SPOKEN_SHIFT, factor / 4)) {
        shifted ??= `${name} lie ${shiftText(shift)} apart: results are blurred by about as much; register the images first`;
      }
    }
    const [a, b] = [levelOf(await first.read()), levelOf(await second.read())];
    if (Math.abs(a.mean - b.mean) > OTHER_BRIGHTNESS * Math.max(a.deviation, b.deviation)) {
      brighter ??= `${name} have means of ${a.mean.toPrecision(4)} and ${b.mean.toPrecision(4)}: each is trained towards the other, so that results will lie between; give captures of one exposure`;
    }
  }
  for (const sentence of [shifted, brighter]) if (sentence !== undefined) onWarning?.(sentence);
}

function levelOf({ data }: Plane): { readonly mean: number; readonly deviation: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    sum += data[i]!;
    squares += data[i]! ** 2;
  }
  const mean = sum / data.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / data.length - mean ** 2)) };
}
