import { InputError } from "@clidim/imaging";
import type { Scene } from "../pairing.js";
import { comparePair, isNegative, type PairFigures, verdictOf } from "./comparePair.js";
import { convertUnits } from "./convertUnits.js";
import { matesOf, neighboursFit } from "./matchingPages.js";
import { type LookedAt, samplePairs } from "./samplePairs.js";
import { shiftLength, shiftText } from "./shiftText.js";
import { toneSentences } from "./toneSentences.js";

export interface PairCheckOptions {
  /** What would be refused is warned of. Default false. */
  readonly force?: boolean;
  readonly onWarning?: (sentence: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Shifts below it are not spoken of, pixels. */
const SPOKEN_SHIFT = 0.5;

/** From here on, training learns to move what it shows. */
const HARMFUL_SHIFT = 1;

/**
 * Looks whether noisy and clean pages belong together, at pages and places that are evenly spread (see `samplePairs`), and returns the scenes, with clean pages of other units converted to the
 * noisy images' (see `convertUnits`). Pages in the same units are returned as they are. Of a scene without clean files, a page is compared with the mean of its other pages.
 *
 * `InputError`s, with `force` warnings: pages that are identical, that do not correlate (with the page that would fit, where there is one), and pages of a file that
 * fit the clean pages beside theirs better, clean pages with a gamma or a logarithm (see `toneSentences`), and those that do not tell their units where the others have several. Warned of: shifts of more than half a pixel, other units, clipped clean pages, pages that show nothing but noise.
 */
export async function checkPairs(scenes: readonly Scene[], options: PairCheckOptions = {}): Promise<Scene[]> {
  const { force = false, onWarning, signal } = options;
  const refuse = (sentence: string): void => {
    if (!force) throw new InputError(sentence, { keys: ["force"] });
    onWarning?.(sentence);
  };
  const looked: LookedAt[] = [];
  for (const pair of samplePairs(scenes)) {
    signal?.throwIfAborted();
    looked.push({ pair, figures: await comparePair(pair.noisy.page, pair.clean.page) });
  }
  const same = looked.find(({ figures }) => figures.identical);
  if (same) {
    const { noisy, clean } = same.pair;
    refuse(
      `${noisy.name} and ${clean.name} are identical, pixel for pixel, so that no noise lies between them; give noisy images and cleaner ones of the same fields`,
    );
  }
  const apart = looked.filter(({ figures }) => verdictIs("apart", figures));
  if (apart.length > 0) refuse(await apartSentence(apart, looked.length, scenes));
  for (const sentence of await neighboursFit(looked, scenes)) refuse(sentence);
  for (const sentence of noiseAlone(looked)) onWarning?.(sentence);
  const fitting = looked.filter(({ figures }) => verdictIs("together", figures));
  for (const sentence of shiftSentences(fitting)) onWarning?.(sentence);
  for (const sentence of exchanged(fitting)) onWarning?.(sentence);
  for (const { sentence, refused } of toneSentences(fitting, scenes)) {
    if (refused) refuse(sentence);
    else onWarning?.(sentence);
  }
  return convertUnits(scenes, fitting, refuse, onWarning);
}

/** Clean pages that have so many times the noise of the noisy ones, all that were looked at, may have been taken for these. */
const NOISIER = 2;

function exchanged(fitting: readonly LookedAt[]): string[] {
  const [first] = fitting;
  const isNoisier = fitting.every(({ figures }) => {
    const [noisy, clean] = figures.correlation!.noise; // has a verdict
    return clean > NOISIER * noisy;
  });
  if (!first || !isNoisier) return [];
  const { noisy, clean } = first.pair;
  return [
    `${clean.name} has more noise than ${noisy.name}, and so it is with all pairs looked at: were the clean images given as the noisy ones?`,
  ];
}

const verdictIs = (verdict: ReturnType<typeof verdictOf>, { correlation }: PairFigures): boolean =>
  correlation !== undefined && verdictOf(correlation) === verdict;

async function apartSentence(
  apart: readonly LookedAt[],
  count: number,
  scenes: readonly Scene[],
): Promise<string> {
  const [first] = apart as readonly [LookedAt, ...LookedAt[]]; // not called without
  const { pair, figures } = first;
  const correlation = figures.correlation!; // has a verdict
  const { noisy, clean } = pair;
  const found =
    `${noisy.name} and ${clean.name} do not show the same: their correlation is ${correlation.inPlace.toFixed(2)}, ` +
    `expected about ${correlation.expected.toFixed(2)} with this noise`;
  const howMany = apart.length > 1 ? ` (so it is with ${apart.length} of ${count} pairs looked at)` : "";
  return `${found}${howMany}; ${await adviceFor(first, scenes)}`;
}

async function adviceFor({ pair, figures }: LookedAt, scenes: readonly Scene[]): Promise<string> {
  const correlation = figures.correlation!; // as above
  if (scenes[pair.scene]!.averaged) {
    return "the mean of pages is a clean image only where all are captures of one field that does not move; give clean images, or leave these pages out";
  }
  if (isNegative(correlation)) return "one looks like the negative of the other: invert it";
  const mates = await matesOf(pair, scenes, correlation);
  if (mates) return mates;
  return "give images of the same field of view, in the same order";
}

function noiseAlone(looked: readonly LookedAt[]): string[] {
  const noise = looked.filter(({ figures: { correlation } }) => {
    return (
      correlation && verdictOf(correlation) === "unclear" && correlation.inPlace < 3 * correlation.chance
    );
  });
  const [first] = noise;
  if (!first) return [];
  const { noisy, clean } = first.pair;
  const howMany = noise.length > 1 ? `, as with ${noise.length} of ${looked.length} pairs looked at` : "";
  return [
    `${noisy.name} and ${clean.name} have so little in common but noise that it cannot be told whether they show the same${howMany}`,
  ];
}

/** The shift of each pair that is certain, scene by scene. */
function* shiftSentences(looked: readonly LookedAt[]): Generator<string> {
  const shifted = looked.filter(({ figures }) => {
    const { shift, factor } = figures.correlation!; // pairs that fit have one
    return shiftLength(shift) > Math.max(SPOKEN_SHIFT, factor / 4);
  });
  if (shifted.length === 0) return;
  const largest = shifted.reduce((most, one) =>
    shiftLength(one.figures.correlation!.shift) > shiftLength(most.figures.correlation!.shift) ? one : most,
  );
  const { noisy, clean } = largest.pair;
  const { shift } = largest.figures.correlation!; // as above
  const harmful = shiftLength(shift) >= HARMFUL_SHIFT;
  const howMany =
    shifted.length > 1
      ? `; ${shifted.length} of ${looked.length} pairs looked at are shifted by more than half a pixel, none by more`
      : "";
  yield `${clean.name} lies ${shiftText(shift)} away from ${noisy.name}${howMany}` +
    (harmful
      ? ": what is trained on them learns to move and to blur. Register the images first (in ImageJ: Plugins, Registration), or cut both to the same field"
      : "; details are blurred by about as much");
}
