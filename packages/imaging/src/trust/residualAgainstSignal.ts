import { difference } from "../image/difference.js";
import { type Plane, sizeText } from "../image/image.js";
import { percentiles } from "../image/percentile.js";
import { estimateNoise } from "../noise/estimateNoise.js";
import { SURROUNDING_PIXELS, surroundings } from "./surroundings.js";

/** The residuals of the pixels whose surroundings lie in one range of grey values. */
export interface SignalBin {
  /** Mean noisy grey value: about the true mean of these pixels. */
  readonly signal: number;
  /** Mean residual, by which these pixels are too dark (positive) or too bright on average. */
  readonly mean: number;
  /** Standard deviation of the residual: grows as the square root of the signal for shot noise. */
  readonly deviation: number;
  /** Standard deviation of the noise of such pixels, as `estimateNoise` has it. */
  readonly noise: number;
  /** Standard error of `mean` as a measure of the truth: noise / sqrt(pixels), or more where residuals of pixels beside each other are alike (see `standardError`). */
  readonly error: number;
  /**
   * As much of `mean` is there at most, with its sign, because the pixels' surroundings were chosen with their noise, which the result may follow: a page without structure has ranges too.
   */
  readonly followed: number;
  readonly pixels: number;
  /** Many of the noisy pixels have the page's lowest or highest value. If the camera could record no others, their noise has no mean of 0, and `mean` says nothing. */
  readonly clipped: boolean;
}

/** With fewer pixels there is no mean to speak of. */
const LEAST_PIXELS = 64;
/** From this part of pixels at an end of the page's values these may be clipped. */
const CLIPPED = 0.02;
/** Side of the tiles in which noise may be alike, pixels. */
const TILE = 16;

/**
 * Whether intensities are kept: mean and standard deviation of the residual, noisy - denoised, over pixels of like brightness, ascending; grey values, float64.
 *
 * Which pixels are alike is told by their `surroundings` in the noisy page. With the truth x, noisy y = x + n and denoised d, the mean of y - d over a set of pixels is that of the error x - d
 * plus that of the noise n. The noise of a pixel has mean 0 whatever the pixels around it are, as long as each pixel has noise of its own: so in a set that was chosen by
 * these, the second is 0 but for its standard error, and the mean residual is by how much these pixels are too dark. Sets chosen by the pixels' own noisy or denoised values
 * would collect what is dark because of its noise (regression to the mean), and have means with the wrong sign.
 *
 * A result that follows the noise of the surroundings is too dark where these are dark by noise. In a range from a to b of the surroundings' density p, their noise of variance s^2 / 16 has
 * the mean -s^2 / 16 (p(b) - p(a)) / P(a to b) (Tweedie's formula, Robbins 1956), which is `followed` but for the sign: what a result comes to that follows it wholly.
 *
 * Pages of at least 16 x 16 pixels. Up to `bins` ranges of equal width between the minimum and percentile 99.9 of the surroundings, the last one open; a range of fewer than 64 pixels is joined with the next.
 */
export function residualAgainstSignal(noisy: Plane, denoised: Plane, bins = 16): SignalBin[] {
  if (noisy.data.length !== denoised.data.length || !(bins >= 1)) {
    throw new Error(
      `residualAgainstSignal: expected pages of one size and at least 1 bin, got ${sizeText(noisy)} and ${sizeText(denoised)} pixels and ${bins} bins`,
    );
  }
  const around = surroundings(noisy);
  const residual = difference(noisy, denoised);
  const [low, high] = percentiles([around], [0, 99.9]) as [number, number]; // one value per percentage
  const [least, most] = percentiles([noisy], [0, 100]) as [number, number]; // likewise
  const width = (high - low) / bins;
  const noise = estimateNoise(noisy);
  const edge = (i: number): number => low + i * width;
  const placeOf = (value: number): number => (width > 0 ? (value - low) / width : 0);
  const rangeOf = (value: number): number => Math.min(bins - 1, Math.max(0, Math.floor(placeOf(value))));
  // Pixels whose surroundings are at most a quarter of a range's width away from the edge of one.
  const atEdge = new Int32Array(bins + 1);
  const counts = new Int32Array(bins);
  for (let at = 0; at < around.data.length; at++) {
    const value = around.data[at]!;
    counts[rangeOf(value)]!++;
    const nearest = Math.round(placeOf(value));
    if (nearest <= bins && Math.abs(value - edge(nearest)) < width / 4) atEdge[nearest]!++;
  }
  // The positions of the pixels by their ranges, each range's after those of the ranges before: lists of numbers (`number[]`) would have eight bytes for each and end at 112 million.
  const sorted = new Int32Array(around.data.length);
  const ends = counts.map((_, i) => counts.subarray(0, i).reduce((a, b) => a + b, 0));
  for (let at = 0; at < sorted.length; at++) sorted[ends[rangeOf(around.data[at]!)]!++] = at;
  const ranges = Array.from(ends, (end, i): Range => {
    return { from: i, to: i + 1, places: sorted.subarray(end - counts[i]!, end) };
  });
  /** Pixels per grey value at an edge; none where the first and the last range are open. */
  const density = (i: number): number => (i === 0 || i === bins ? 0 : atEdge[i]! / (width / 2));
  return joined(ranges, sorted).map(({ from, to, places }) => {
    const meanOf = (value: (at: number) => number): number =>
      places.reduce((sum, at) => sum + value(at), 0) / places.length;
    const signal = meanOf((at) => noisy.data[at]!);
    const mean = meanOf((at) => residual.data[at]!);
    const deviation = Math.sqrt(meanOf((at) => (residual.data[at]! - mean) ** 2));
    const atEnds = meanOf((at) => (noisy.data[at] === least || noisy.data[at] === most ? 1 : 0));
    const variance = Math.max(0, noise.gain * signal + noise.offset);
    const pixels = places.length;
    return {
      signal,
      mean,
      deviation,
      noise: Math.sqrt(variance),
      error: Math.max(Math.sqrt(variance / pixels), standardError(places, residual, mean, deviation)),
      followed: ((variance / SURROUNDING_PIXELS) * (density(to) - density(from))) / pixels,
      pixels,
      clipped: atEnds > CLIPPED,
    };
  });
}

/** From an edge to another, and the positions of its pixels. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly places: Int32Array;
}

/**
 * Of the mean of residuals that may be alike within a tile of the page and are not from tile to tile (clustered standard error): with n pixels, of the T tiles that they lie in the sums S of
 * residuals about the mean, sqrt(sum S^2 T / (T - 1)) / n, and no less than deviation / sqrt(n).
 */
function standardError(range: Int32Array, { width, data }: Plane, mean: number, deviation: number): number {
  const independent = deviation / Math.sqrt(range.length);
  const sums = new Map<number, number>();
  const across = Math.ceil(width / TILE);
  for (const at of range) {
    const tile = Math.floor(Math.floor(at / width) / TILE) * across + Math.floor((at % width) / TILE);
    sums.set(tile, (sums.get(tile) ?? 0) + data[at]! - mean);
  }
  const tiles = sums.size;
  if (tiles < 2) return independent;
  const squares = [...sums.values()].reduce((total, sum) => total + sum * sum, 0);
  return Math.max(independent, Math.sqrt((squares * tiles) / (tiles - 1)) / range.length);
}

/** Ranges of which none has too few pixels; `sorted` has the positions of all of them, one range after the other. */
function joined(ranges: readonly Range[], sorted: Int32Array): Range[] {
  const large: Range[] = [];
  /** Of ranges without pixels in between. */
  const join = (a: Range, b: Range): Range => {
    const first = a.places.byteOffset / sorted.BYTES_PER_ELEMENT;
    return {
      from: a.from,
      to: b.to,
      places: sorted.subarray(first, first + a.places.length + b.places.length),
    };
  };
  for (const range of ranges) {
    const last = large.at(-1);
    if (last && last.places.length < LEAST_PIXELS) large[large.length - 1] = join(last, range);
    else if (range.places.length > 0) large.push(range);
  }
  const rest = large.at(-1)!;
  if (large.length > 1 && rest.places.length < LEAST_PIXELS) large.splice(-2, 2, join(large.at(-2)!, rest));
  return large;
}
