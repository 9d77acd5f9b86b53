import {
  affineOf,
  estimateNoise,
  InputError,
  type LazyPage,
  type Normalization,
  type Plane,
} from "@clidim/imaging";
import type { BatchMembers } from "../protocol/batch.js";
import type { TrainingScene } from "./crops.js";

/** The noise of one training page, in network values. */
export interface PageNoise {
  /** The variance at the expected value v is `gain v + offset`. */
  readonly gain: number;
  readonly offset: number;
  /** Standard deviation at the page's mean, above 0. */
  readonly level: number;
}

/** The middle of a page, so many pixels wide and high, tells its noise. */
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
    for (const page of noisy) pages.push(noiseOfPage(await middle(page), normalization));
    found.push(pages);
  }
  return found;
}

function noiseOfPage(page: Plane, normalization: Normalization): PageNoise {
  const { scale, offset: shift } = affineOf(normalization);
  const noise = estimateNoise(page);
  let sum = 0;
  for (let i = 0; i < page.data.length; i++) sum += page.data[i]!;
  const mean = scale * (sum / page.data.length) + shift;
  // v = scale m + shift: var v = scale^2 (gain m + offset)
  const gain = scale * noise.gain;
  const offset = scale * scale * noise.offset - gain * shift;
  return { gain, offset, level: Math.sqrt(Math.max(1e-12, gain * mean + offset)) };
}

function middle(page: LazyPage): Promise<Plane> {
  const [width, height] = [Math.min(MEASURED, page.width), Math.min(MEASURED, page.height)];
  return page.read({ x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
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
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
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
