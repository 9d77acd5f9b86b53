import { counterRandom, type Plane } from "@clidim/imaging";
import type { SharedNoise } from "../protocol/method.js";

/** Carries a denoiser of some pages over to pages in grey values, as `stabilizer` does. */
export type Carry = (denoise: (page: Plane) => Plane) => Plane;

/**
 * Of a linear filter, at a value of its parameter: the mean of its weights at the pixels around one, as `RING` weights them, over its weight at the pixel itself. Without it, the
 * denoiser is one that goes by the differences between pixels, and its pages have noise of standard deviation 1.
 */
export type RingRatio<P> = (parameter: P) => number;

/** A page, or a part of one, some of whose pixels are hidden. */
export interface HidingPage {
  /** With all its pixels. */
  readonly seen: Plane;
  /** Without hot pixels (`withoutHotPixels`). */
  readonly part: Plane;
  /** Where neighbours along an axis share noise: whole rows or columns are hidden, so that a pixel's own noise is in none that is seen. */
  readonly along?: SharedNoise | undefined;
}

/** A denoiser of pages in grey values that takes its time. */
export type LaterDenoiser = (page: Plane) => Promise<Plane>;

/** A set J has one pixel of each 4 x 4. */
const STRIDE = 4;

/** Where the pixels of the 16 sets lie in their 4 x 4, row by row; neighbours in this order are far from each other. */
const PLACES = [5, 15, 8, 2, 7, 13, 10, 0, 4, 14, 9, 3, 6, 12, 11, 1] as const;

/** What a pixel's value is made of where it is left out: the eight around it, those beside it twice. */
const RING = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx) =>
    dx === 0 && dy === 0 ? [] : [{ dx, dy, weight: dx === 0 || dy === 0 ? 2 : 1 }],
  ),
);

/** So many sets J have all pixels of a page between them. */
export const HIDDEN_SETS: number = PLACES.length;

/**
 * What a denoiser makes of the pixels of a set J, the `set`th of `HIDDEN_SETS`, where the page has them replaced by what lies around them, less these pixels, in grey values: the mean of the squares is the J-invariant loss (Batson and Royer 2019). Hot pixels are left
 * out, so that the pixels are the same for all denoisers of a page.
 */
export function hiddenErrors<P>(
  hiding: HidingPage,
  carry: Carry,
  denoise: (page: Plane, parameter: P) => Plane,
  parameter: P,
  set: number,
  linear?: RingRatio<P>,
): number[] {
  const place = PLACES[set]!;
  const { data } = carry((page) => {
    const asked = shownPages(page, place, hiding.along, linear?.(parameter));
    let step = asked.next();
    while (!step.done) step = asked.next(denoise(step.value, parameter));
    return step.value;
  });
  return errorsOf(hiding, place, data);
}

/** The same of a denoiser that takes its time. */
export async function laterErrors(
  hiding: HidingPage,
  carry: (denoise: LaterDenoiser) => Promise<Plane>,
  denoise: LaterDenoiser,
  set: number,
): Promise<number[]> {
  const place = PLACES[set]!;
  const { data } = await carry(async (page) => {
    const asked = shownPages(page, place, hiding.along);
    let step = asked.next();
    while (!step.done) step = asked.next(await denoise(step.value));
    return step.value;
  });
  return errorsOf(hiding, place, data);
}

/** What a denoiser is shown in place of a page, one after the other, each answered by what it makes of it; the last answer is what counts. With `ratio`, that of a linear one (`RingRatio`). */
function* shownPages(
  page: Plane,
  place: number,
  along: SharedNoise | undefined,
  ratio?: number,
): Generator<Plane, Plane, Plane> {
  if (along) return yield withOtherLines(page, place, along, yield withBeside(page, place, along));
  if (ratio !== undefined) return yield withRings(page, place, ratio);
  return yield withPredictions(page, place, yield withRings(page, place));
}

/**
 * The same of a denoiser that goes by the pixels around one alone, as networks do that were trained on pixels that they did not see: it is applied once, to the page in grey values.
 */
export async function foretoldErrors(
  hiding: HidingPage,
  denoise: LaterDenoiser,
  set: number,
): Promise<number[]> {
  const { part, along } = hiding;
  const place = PLACES[set]!;
  const { data } = await denoise(along ? withBeside(part, place, along) : withRings(part, place));
  return errorsOf(hiding, place, data);
}

function errorsOf({ seen, part }: HidingPage, place: number, data: Plane["data"]): number[] {
  const errors: number[] = [];
  for (const at of setOf(part, place)) {
    // A hot pixel.
    if (seen.data[at] !== part.data[at]) continue;
    errors.push(data[at]! - part.data[at]!);
  }
  return errors;
}

/** The positions of the pixels of a set. */
function* setOf({ width, height }: Plane, place: number): Generator<number, void> {
  for (let y = Math.floor(place / STRIDE); y < height; y += STRIDE) {
    for (let x = place % STRIDE; x < width; x += STRIDE) yield y * width + x;
  }
}

/**
 * The page with the pixels of a set replaced by the means of the pixels around them; with `ratio` plus noise, so that a linear filter with this ratio of weights (`linear`) gets as much
 * noise from a replaced pixel as from any.
 */
function withRings(page: Plane, place: number, ratio?: number): Plane {
  const { width, height } = page;
  const data = Float64Array.from(page.data);
  const { uniform } = counterRandom(0, place);
  // Two pixels on, or back at the border.
  const beside = (i: number, length: number): number =>
    i + STRIDE / 2 < length ? i + STRIDE / 2 : i - STRIDE / 2;
  for (const at of setOf(page, place)) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const { mean, power } = ringMean(page, x, y);
    data[at] = mean;
    if (ratio === undefined) continue;
    const lacking = Math.max(0, 1 - power - 2 * ratio);
    const [besideX, besideY] = [beside(x, width), beside(y, height)];
    const other = ringMean(page, besideX, besideY);
    const residual = page.data[besideY * width + besideX]! - other.mean;
    data[at] += (uniform() < 0.5 ? -1 : 1) * residual * Math.sqrt(lacking / (1 + other.power));
  }
  return { width, height, data };
}

/** The weighted mean of the pixels around one, and the sum of the squares of their weights: the variance of the mean where that of a pixel is 1. */
function ringMean({ width, height, data }: Plane, x: number, y: number): { mean: number; power: number } {
  let [sum, total, squares] = [0, 0, 0];
  for (const { dx, dy, weight } of RING) {
    const [ringX, ringY] = [x + dx, y + dy];
    if (ringX < 0 || ringY < 0 || ringX >= width || ringY >= height) continue;
    sum += weight * data[ringY * width + ringX]!;
    total += weight;
    squares += weight * weight;
  }
  return { mean: sum / total, power: squares / total ** 2 };
}

/** The page with the pixels of a set replaced by predictions with noise of half the variance of a pixel's, the same each time. */
function withPredictions(page: Plane, place: number, { data: predictions }: Plane): Plane {
  const { width, height } = page;
  const data = Float64Array.from(page.data);
  const { normal } = counterRandom(0, place);
  for (const at of setOf(page, place)) data[at] = predictions[at]! + Math.SQRT1_2 * normal();
  return { width, height, data };
}

/** A line of pixels: a row or a column. */
interface Line {
  /** Its number, and its own positions. */
  readonly index: number;
  readonly positions: readonly number[];
}

/** The rows or columns that pixels of a set lie in. */
function linesOf({ width, height }: Plane, place: number, along: SharedNoise): Line[] {
  const rows = along === "horizontal";
  const [count, length] = rows ? [height, width] : [width, height];
  const lines: Line[] = [];
  for (let index = rows ? Math.floor(place / STRIDE) : place % STRIDE; index < count; index += STRIDE) {
    const positions = Array.from({ length }, (_, i) => (rows ? index * width + i : i * width + index));
    lines.push({ index, positions });
  }
  return lines;
}

/** How far the next line is from a pixel, in positions, and how many lines there are. */
const steps = (
  { width, height }: Plane,
  along: SharedNoise,
): { readonly step: number; readonly count: number } =>
  along === "horizontal" ? { step: width, count: height } : { step: 1, count: width };

/** The mean of the pixels on both sides of one across a line; of the only one at the border. */
function besideMean(page: Plane, at: number, index: number, along: SharedNoise): number {
  const { step, count } = steps(page, along);
  const values = [
    ...(index > 0 ? [page.data[at - step]!] : []),
    ...(index < count - 1 ? [page.data[at + step]!] : []),
  ];
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The page with the lines of a set replaced by the means of those beside them. */
function withBeside(page: Plane, place: number, along: SharedNoise): Plane {
  const data = Float64Array.from(page.data);
  for (const { index, positions } of linesOf(page, place, along)) {
    for (const at of positions) data[at] = besideMean(page, at, index, along);
  }
  return { width: page.width, height: page.height, data };
}

/**
 * The page with the lines of a set replaced by predictions and noise of half the variance, which is shared along the line as that of the page: what another line, two further on, has beyond the mean of those beside it, with a
 * random sign for each line. That has the variance of one pixel and of the mean of two, 1.5 in all.
 */
function withOtherLines(page: Plane, place: number, along: SharedNoise, { data: predictions }: Plane): Plane {
  const data = Float64Array.from(page.data);
  const { step, count } = steps(page, along);
  const { uniform } = counterRandom(0, place);
  for (const { index, positions } of linesOf(page, place, along)) {
    const by = index + STRIDE / 2 < count ? STRIDE / 2 : -STRIDE / 2;
    const scale = (uniform() < 0.5 ? -1 : 1) * Math.sqrt(0.5 / 1.5);
    for (const at of positions) {
      const other = at + by * step;
      data[at] = predictions[at]! + scale * (page.data[other]! - besideMean(page, other, index + by, along));
    }
  }
  return { width: page.width, height: page.height, data };
}
