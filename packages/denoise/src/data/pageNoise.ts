import {
  affineOf,
  contrastWindow,
  contrastWindowOf,
  cutPlane,
  estimateNoise,
  estimateSharedNoise,
  InputError,
  isMostlyMissing,
  measuredPart,
  type NoiseModel,
  type Normalization,
  type Plane,
  pageInMemory,
} from "@clidim/imaging";
import type { BatchMembers } from "../protocol/batch.js";
import { calibrationPart } from "./calibrationPart.js";
import type { TrainingScene } from "./crops.js";
import type { NoisyPage, NoisyPlane } from "./noisyPlane.js";

/** The noise of one training page, in network values. */
export interface PageNoise {
  /** The variance at the expected value v is `gain v + offset`. */
  readonly gain: number;
  readonly offset: number;
  /** Standard deviation at the page's mean, above 0. */
  readonly level: number;
}

/** A part of a page, so many pixels wide and high, tells its noise. */
const MEASURED = 512;
/** Levels nearer to each other are one, since that is about how well they are known. */
const SMALLEST_RATIO = 1.1;

/** The noise of each noisy page, scene by scene, estimated from the page alone (see `estimateNoise`). */
export async function pageNoise(
  scenes: readonly Pick<TrainingScene, "noisy">[],
  normalization: Normalization,
): Promise<PageNoise[][]> {
  const found: PageNoise[][] = [];
  for (const { noisy } of scenes) {
    const pages: PageNoise[] = [];
    for (const page of noisy) {
      const part = await tellingPart(page);
      pages.push(inNetworkValues(part, noiseOfPart(part), normalization));
    }
    found.push(pages);
  }
  return found;
}

function inNetworkValues(page: Plane, noise: NoiseModel, normalization: Normalization): PageNoise {
  const { scale, offset: shift } = affineOf(normalization);
  let sum = 0;
  for (let i = 0; i < page.data.length; i++) sum += page.data[i]!;
  const mean = scale * (sum / page.data.length) + shift;
  // v = scale m + shift: var v = scale^2 (gain m + offset)
  const gain = scale * noise.gain;
  const offset = scale * scale * noise.offset - gain * shift;
  return { gain, offset, level: Math.sqrt(Math.max(1e-12, gain * mean + offset)) };
}

/**
 * The part of a page that tells its noise, and the units of a page in these, without what missing pixels were filled with: at most 512 x 512 pixels, where it has the most contrast (`contrastWindow`), as there may be nothing but ground in the
 * middle. Where so little of the page is there that more than half of that is missing, its `measuredPart`.
 */
export async function tellingPart(page: NoisyPage): Promise<NoisyPlane> {
  const told = page.unfilled ?? page;
  const part = await told.read(await contrastWindow(told, MEASURED));
  return isMostlyMissing(part) ? told.read(await measuredPart([told])) : part;
}

/** `tellingPart` of a page that is in memory, which is all of it where little is there. */
export function tellingPartOf(page: NoisyPlane): NoisyPlane {
  const told = page.unfilled ?? page;
  const window = contrastWindowOf(told, MEASURED);
  const part = cutPlane(told, window);
  if (isMostlyMissing(part)) return told;
  return { ...part, ...(told.frames && { frames: told.frames.map((frame) => cutPlane(frame, window)) }) };
}

/** The noise of a capture in grey values, estimated from the part of the page alone that tells it; of several captures the mean of their estimates, from the same part of each. */
export const noiseOfPlane = (page: NoisyPlane): NoiseModel => noiseOfPart(tellingPartOf(page));

/** `noiseOfPlane` of a page that is not in memory. */
export const noiseOfPage = async (page: NoisyPage): Promise<NoiseModel> =>
  noiseOfPart(await tellingPart(page));

/** The noise of a capture, from the part of a page that tells it. */
export function noiseOfPart(part: NoisyPlane): NoiseModel {
  const models = (part.frames ?? [part]).map(estimateNoise);
  const meanOf = (member: "gain" | "offset"): number =>
    models.reduce((sum, model) => sum + model[member], 0) / models.length;
  return { gain: meanOf("gain"), offset: meanOf("offset") };
}

/**
 * The noise of a page whose missing pixels were filled, in memory or not, for methods without training: of the mean of its captures, with what pixels share of it. Undefined of other pages, which such a method asks by itself.
 */
export async function noiseAroundGaps({ unfilled }: NoisyPage | NoisyPlane): Promise<NoiseModel | undefined> {
  if (!unfilled) return undefined;
  const page = "read" in unfilled ? unfilled : pageInMemory(unfilled);
  return estimateSharedNoise(await calibrationPart(page));
}

/**
 * The bin of each page's noise level, from 0: the ratio between the highest and the lowest level is divided into `bins` equal ratios. An `InputError` where all levels are
 * the same, as nothing can be learnt from them then.
 */
export function noiseBins(
  pages: readonly (readonly PageNoise[])[],
  { bins, askedBy }: NonNullable<BatchMembers["levels"]>,
): number[][] {
  const levels = pages.flat().map(({ level }) => level);
  // Pages may be more than a call has arguments.
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const level of levels) [low, high] = [Math.min(low, level), Math.max(high, level)];
  if (!(high / low > SMALLEST_RATIO)) {
    throw new InputError(
      `${askedBy}: all ${levels.length} training pages have about the same noise (${low.toPrecision(3)} to ${high.toPrecision(3)} network values), so that there are ` +
        "no levels to tell apart; train with pages of different exposure, or choose other labels",
    );
  }
  return pages.map((scene) =>
    scene.map(({ level }) =>
      Math.min(bins - 1, Math.floor((bins * Math.log(level / low)) / Math.log(high / low))),
    ),
  );
}
