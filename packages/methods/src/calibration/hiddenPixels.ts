import { counterRandom, type Plane } from "@clidim/imaging";

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
}

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
export const SETS: number = PLACES.length;

/**
 * Squared differences in grey values between the pixels of a set J, the `set`th of `SETS`, and what a denoiser makes of them where the page has them replaced by what lies around them, see `jInvariantLoss`. Hot pixels are left
 * out, so that the pixels are the same for all denoisers of a page.
 */
export function hiddenErrors<P>(
  { seen, part }: HidingPage,
  carry: Carry,
  denoise: (page: Plane, parameter: P) => Plane,
  parameter: P,
  set: number,
  linear?: RingRatio<P>,
): number[] {
  const place = PLACES[set]!;
  const { data } = carry((page) => {
    if (linear) return denoise(withRings(page, place, linear(parameter)), parameter);
    const prediction = denoise(withRings(page, place), parameter);
    return denoise(withPredictions(page, place, prediction), parameter);
  });
  const errors: number[] = [];
  for (const at of setOf(part, place)) {
    // A hot pixel.
    if (seen.data[at] !== part.data[at]) continue;
    errors.push((data[at]! - part.data[at]!) ** 2);
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
