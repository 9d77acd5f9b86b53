import { verdictOf } from "@clidim/denoise";
import {
  autocorrelation,
  difference,
  evenlySpread,
  gaussianBlur,
  type LazyPage,
  type Plane,
  pageCorrelation,
  SMALLEST_COMPARED,
} from "@clidim/imaging";
import type { StructAxis } from "./structuredMask.js";

/** Along which axis noise is correlated, and over how many pixels. */
export interface NoiseStructure {
  readonly axis: StructAxis;
  /** Odd: as many pixels, one in their middle, have noise in common with it. */
  readonly span: number;
  /** It is as far as is looked at: noise may be in common over more pixels. */
  readonly furthest: boolean;
}

/** Pages of a scene, which are captures of one field of view or not. */
interface ScenePages {
  readonly noisy: readonly LazyPage[];
  readonly oneField?: boolean;
}

/** So many pages or pairs of captures are looked at, and of each the middle, so many pixels wide and high. */
const LOOKED_AT = 16;
const SIDE = 512;
/** So many pairs of successive pages of a scene tell whether all are captures of one field. */
const COMPARED = 3;
/** Of the noise with that of the next pixel along the axis: below, it is as good as none. */
const CORRELATED = 0.1;
/** Of captures, that with the next pixel along the other axis is at most this part of it: noise that is smeared in all directions runs along none. */
const OTHER_AXIS = 0.5;
/** The span ends where the correlation falls below it. */
const LAST_CORRELATED = 0.05;
const MOST_REACH = 15;
/** What is smoother than this, pixels, is taken for the image; of differences, for a change of brightness between them. */
const SMOOTH = 2;
const SMOOTH_CHANGE = 4;

/**
 * Whether the noise of pages is correlated along their rows or columns, as scanners and amplifiers make it; undefined where it is not, where it is about as much so along both, as after binning, deconvolution or resampling, or where pages one pixel wide or high are all there is.
 *
 * The difference of two captures of one field, which pages that are said to be some must look like, has no image in it: its autocorrelation is that of the noise. Of other pages, what is left beside a Gaussian blur has both. There, what rows have more than
 * columns is taken for the noise's, as images have on the whole no direction; fibres that all run along an axis are mistaken for noise along it.
 */
export async function noiseStructure(scenes: readonly ScenePages[]): Promise<NoiseStructure | undefined> {
  const captures: ScenePages[] = [];
  for (const scene of scenes) if (await showsOneField(scene)) captures.push(scene);
  const rows = new Float64Array(MOST_REACH + 1);
  const columns = new Float64Array(MOST_REACH + 1);
  const pages = captures.length > 0 ? differences(captures) : singles(scenes);
  let count = 0;
  for await (const page of pages) {
    const reach = Math.min(MOST_REACH, Math.min(page.width, page.height) - 1);
    if (reach === 0) continue; // no pixel of a line has neighbours on both axes
    const { values, maxLag } = autocorrelation(page, reach);
    const side = 2 * maxLag + 1;
    const at = (dx: number, dy: number): number => values[(dy + maxLag) * side + dx + maxLag]!;
    for (let lag = 1; lag <= reach; lag++) {
      rows[lag]! += at(lag, 0);
      columns[lag]! += at(0, lag);
    }
    count++;
  }
  const own = (sums: Float64Array, others: Float64Array): number[] =>
    Array.from(sums, (sum, lag) => (sum - (captures.length > 0 ? 0 : others[lag]!)) / Math.max(1, count));
  const [across, down] = [own(rows, columns), own(columns, rows)];
  const [axis, correlation, other] =
    across[1]! >= down[1]! ? (["horizontal", across, down] as const) : (["vertical", down, across] as const);
  // What single pages have along the other axis is taken off already.
  if (correlation[1]! < CORRELATED || other[1]! > OTHER_AXIS * correlation[1]!) return undefined;
  let reach = 1;
  while (reach < MOST_REACH && correlation[reach + 1]! >= LAST_CORRELATED) reach++;
  return { axis, span: 2 * reach + 1, furthest: reach === MOST_REACH };
}

/** Whether pages are captures of one field of view, as their axes say: fields one after the other lie along the same axes, and their difference has both images in it. */
async function showsOneField({ oneField = false, noisy }: ScenePages): Promise<boolean> {
  if (!oneField || noisy.length < 2) return false;
  for (const index of evenlySpread(Math.min(COMPARED, noisy.length - 1), noisy.length - 1)) {
    const [first, second] = [await middleOf(noisy[index]!), await middleOf(noisy[index + 1]!)];
    if (Math.min(first.width, first.height) < SMALLEST_COMPARED) return true;
    if (verdictOf(pageCorrelation(first, second)) === "apart") return false;
  }
  return true;
}

async function middleOf(page: LazyPage): Promise<Plane> {
  const size = { width: Math.min(SIDE, page.width), height: Math.min(SIDE, page.height) };
  return page.read({ x: (page.width - size.width) >> 1, y: (page.height - size.height) >> 1, ...size });
}

async function* differences(scenes: readonly ScenePages[]): AsyncIterable<Plane> {
  const pairs = scenes.flatMap(({ noisy }) => noisy.slice(1).map((page, i) => [noisy[i]!, page] as const));
  for (const index of evenlySpread(Math.min(LOOKED_AT, pairs.length), pairs.length)) {
    const [first, second] = [await middleOf(pairs[index]![0]), await middleOf(pairs[index]![1])];
    yield beside(SMOOTH_CHANGE, difference(first, second));
  }
}

async function* singles(scenes: readonly ScenePages[]): AsyncIterable<Plane> {
  const pages = scenes.flatMap(({ noisy }) => noisy);
  for (const index of evenlySpread(Math.min(LOOKED_AT, pages.length), pages.length)) {
    yield beside(SMOOTH, await middleOf(pages[index]!));
  }
}

/** What a page has beside its Gaussian blur. */
function beside(sigma: number, page: Plane): Plane {
  return difference(page, gaussianBlur(page, sigma));
}
