import type { Scene } from "../pairing.js";
import type { LookedAt } from "./samplePairs.js";
import { shiftLength } from "./shiftText.js";

/** A relation of grey values that bends by more is none of units. Real pairs bend by 0.04 and less, a gamma of 0.5 bends by 0.11 to 0.26. */
const LARGEST_BEND = 0.1;

/** It is certain where it is so many of its standard errors. */
const CERTAIN = 3;

/** Of pages that lie further apart, in pixels, what is bright in one is not in the other. */
const FARTHEST = 2;

/** What is to be said of grey values that are no linear function of each other. */
export interface ToneSentence {
  readonly sentence: string;
  /** A model that is trained on such pages makes dark parts too bright. */
  readonly refused: boolean;
}

/**
 * Whether the clean pages of scenes are a linear function of the noisy ones, as other exposures and cameras are, by the pairs looked at that fit: the means of the bends of each scene (see `toneBend`). Those that were brightened in
 * their dark parts are refused: gamma, logarithm, equalisation, displays that were saved. Told of are those that are bent the other way, for which there are honest reasons, and clean pages that were clipped.
 */
export function toneSentences(looked: readonly LookedAt[], scenes: readonly Scene[]): ToneSentence[] {
  const near = looked.filter(
    ({ pair, figures: { correlation } }) =>
      !scenes[pair.scene]!.averaged && correlation && shiftLength(correlation.shift) <= FARTHEST,
  );
  const bent = [...new Set(near.map(({ pair }) => pair.scene))].flatMap((number) => {
    const ofScene = near.filter(({ pair }) => pair.scene === number);
    const bend = meanBend(ofScene);
    return Math.abs(bend) > LARGEST_BEND ? [{ bend, pair: ofScene[0]!.pair }] : [];
  });
  const sentences: ToneSentence[] = [];
  const brightened = bent.filter(({ bend }) => bend > 0);
  if (brightened.length > 0) {
    const { noisy, clean } = brightened[0]!.pair;
    const sentence =
      `${clean.name} is no linear function of ${noisy.name}${ofFiles(brightened.length, scenes.length)}: its dark parts are brighter than any exposure makes them, ` +
      "as after a gamma, a logarithm, an equalisation or the contrast of a display; give clean images with the grey values that the camera recorded, or undo that first";
    sentences.push({ sentence, refused: true });
  }
  const darkened = bent.filter(({ bend }) => bend < 0);
  if (darkened.length > 0) {
    const { noisy, clean } = darkened[0]!.pair;
    const sentence =
      `${clean.name} is no linear function of ${noisy.name}${ofFiles(darkened.length, scenes.length)}: bright parts are brighter in it than a line between the two would have them, as where the noisy images are saturated ` +
      "or where the clean ones were sharpened, freed of background or raised in contrast; results will have the contrast of the clean images";
    sentences.push({ sentence, refused: false });
  }
  const clipped = near.filter(({ figures }) => (figures.clipped ?? 0) > 0);
  const [first] = clipped;
  if (first) {
    const { noisy, clean } = first.pair;
    const part = (100 * first.figures.clipped!).toPrecision(2);
    const howMany =
      clipped.length > 1 ? ` (so are ${clipped.length} of ${looked.length} pages looked at)` : "";
    const sentence = `${clean.name} is clipped${howMany}: ${part} % of the pixels looked at have its largest value, where ${noisy.name} still has structure; what is brighter will be missing in results`;
    sentences.push({ sentence, refused: false });
  }
  return sentences;
}

const ofFiles = (count: number, all: number): string =>
  count > 1 ? ` (so it is with ${count} of ${all} files)` : "";

/** The mean of bends, each with the weight of its error; 0 where it is not certain that there is one. */
function meanBend(looked: readonly LookedAt[]): number {
  let [sum, weights] = [0, 0];
  for (const { figures } of looked) {
    const tone = figures.units?.tone;
    if (!tone) continue;
    const weight = 1 / Math.max(tone.error, 1e-3) ** 2;
    sum += weight * tone.bend;
    weights += weight;
  }
  if (weights === 0) return 0;
  const bend = sum / weights;
  return Math.abs(bend) > CERTAIN / Math.sqrt(weights) ? bend : 0;
}
