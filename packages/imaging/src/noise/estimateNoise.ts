import { fromFunction } from "../image/fromFunction.js";
import type { Plane } from "../image/image.js";
import { fillMissing } from "../missing/fillMissing.js";
import { missingPixels } from "../missing/missingPixels.js";
import { unclippedNormal } from "./clippedNormal.js";
import { countsMisfit, type PixelsAtLowest } from "./countsMisfit.js";
import { evenParts } from "./evenParts.js";
import type { NoiseModel } from "./noiseModel.js";
import type { TransferPoint } from "./photonTransfer.js";
import { type SmoothedSignals, smoothedSignals } from "./smoothedSignals.js";
import { type SignalVariance, type VarianceLine, varianceLine } from "./varianceLine.js";
import { winsorizedVariance } from "./winsorizedVariance.js";

/** A bin has at most this part of the pixels, and of the range of their signals. */
const BINS = 24;
/** More pixels make a variance no surer, as what else is wrong with it is larger. */
const SURE = 500;
/** A pixel whose nearest ones differ from its signal by more than this part of what that is above the ground is beside a structure, */
const DIFFERENT = 1 / 4;
/** where noise does not make it so: by so many standard deviations. */
const CHANCE = 4;
/** So many pixels tell how much noise that may be. */
const GLANCE = 2 ** 16;
/** Squared residuals above so many variances squared count as that where photons are few, and where they are many. */
const [FEW, MANY] = [3, 0.5];
/** What few and many photons are. */
const [FEW_PHOTONS, MANY_PHOTONS] = [3, 30];
/** The lowest or highest grey value of a page is where it was clipped, if at least so many pixels have it. */
const CLIPPED_PIXELS = 10;
/** Bins with more saturated pixels are left out. */
const SATURATED = 0.05;
/** Bins with more pixels at the lowest grey value may be clipped; those with more than the second tell whether they are; with more than the third, what they were is lost. */
const [TOUCHED, TELLING, LOST] = [0.005, 0.2, 0.6];
/** They are clipped where `countsMisfit` is above this: up to 0.25 for counts of photons, whose bins are of pixels that differ in brightness, and 0.65 and more where read noise of 4 photons was clipped. */
const CLIPPED = 0.36;
/** A line has at least so many bins. */
const FEWEST = 6;
/** What of a page is not one value tells of its noise, where it is so many pixels and this part of them. */
const [FEWEST_PIXELS, LEAST_PART] = [256, 0.04];
/** So much of the pixels is in bins that are not of one value. */
const MOST = 0.75;

/** What a page alone tells of its noise. */
export interface PageVariances {
  /** Variances of pixels of like brightness, in ascending order of the signal, by which `line` was fitted. */
  readonly points: readonly TransferPoint[];
  readonly line: VarianceLine;
}

/**
 * Estimates the Poisson-Gaussian noise of a page from the page alone. The residual of the 3 x 3 mask [1 -2 1]^T [1 -2 1] / 6 (Immerkaer 1996), which planes and
 * edges along the axes vanish from, is put into bins by the smoothed grey value (`smoothedSignals`), of as many pixels each, and smaller ones where few are bright (`evenParts`), without pixels beside structures (`alikePixels`); its winsorised variance in each bin, which a few
 * structures do not move, is that of the noise; and a line is fitted to the variances (`varianceLine`). Where photons are few, the noise outweighs structures and is skewed, so that more of the squares count than where they
 * are many. Bins of saturated pixels are left out; where much of a page is of one value, as a ground that was clipped and the margin of a moved image are, so is that. The noise is that of the grey values as they are, with what clipping at the lowest grey value has left of it: what a denoiser has to remove.
 * Pixels that are missing (NaN, infinite), and those beside them, are left out, as what they are filled with has no noise; where hardly any others are left, they count. Pages of at least 16 x 16 pixels. A page without noise gives gain 0 and offset 0. Noise that is correlated between neighbours is underestimated.
 */
export function estimateNoise(page: Plane): NoiseModel {
  const { gain, offset } = varianceLine(binVariances(page));
  return { gain, offset };
}

/**
 * The noise of the camera that took a page, as `estimateNoise`, with the variances that it comes from. Those of pixels that were clipped at the lowest grey value are taken for what they would be without (Foi 2009), unless they are
 * as zeros among counts of photons are.
 */
export function pageVariances(page: Plane): PageVariances {
  const points = binVariances(page);
  const line = varianceLine(points);
  const { points: used, line: found } = withoutClipping(points, line.scatter) ?? { points, line };
  return {
    points: used.map(({ signal, variance, weight, pixels }) => ({ signal, variance, weight, pixels })),
    line: found,
  };
}

function binVariances(page: Plane): BinVariance[] {
  const { width, height } = page;
  if (width < 16 || height < 16) {
    throw new Error(`estimateNoise: expected a page of at least 16 x 16 pixels, got ${width} x ${height}`);
  }
  const bins = binsOf(page);
  const { gain } = varianceLine(bins.map(({ bin, whole }) => ({ ...bin, variance: whole })));
  return bins.map(({ bin, squares, whole }) => {
    const variance = gain > 0 ? winsorizedVariance(squares, limitFor(whole / gain ** 2)) : whole;
    return { ...bin, whole, variance };
  });
}

/** The limit of `winsorizedVariance` for noise with the variance of so many photons. */
function limitFor(photons: number): number {
  const many = Math.log(photons / FEW_PHOTONS) / Math.log(MANY_PHOTONS / FEW_PHOTONS);
  return FEW + (MANY - FEW) * Math.min(1, Math.max(0, many));
}

interface Bin {
  readonly signal: number;
  readonly weight: number;
  readonly pixels: number;
  /** The lowest grey value of the page. */
  readonly lowest: number;
  /** The part of the pixels that have it, 0 where too few pixels of the page do. */
  readonly low: number;
}

/** A bin with its variance, and with that of nearly all squares. */
type BinVariance = Bin & SignalVariance & { readonly whole: number };

interface Residuals {
  /** Squared residuals in ascending order. */
  readonly squares: Float64Array;
  /** The variance of nearly all of them. */
  readonly whole: number;
}

type BinResiduals = Residuals & { readonly bin: Bin };

/** Some pixels, by their places. */
type Part = Residuals & { readonly part: Int32Array };

function binsOf(noisy: Plane): BinResiduals[] {
  const missing = missingPixels(noisy);
  const page = missing ? fillMissing(noisy, missing) : noisy;
  const { width, data } = page;
  const smoothed = smoothedSignals(page);
  const { signal } = smoothed;
  const place = placesWithNoise(page, missing);
  const residual = new Float64Array(data.length);
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const row = (middle: number): number => data[middle - 1]! - 2 * data[middle]! + data[middle + 1]!;
  for (const at of place) {
    residual[at] = (row(at - width) - 2 * row(at) + row(at + width)) / 6;
    lowest = Math.min(lowest, data[at]!);
    highest = Math.max(highest, data[at]!);
  }
  const having = (value: number, part: Int32Array): number =>
    part.reduce((sum, at) => sum + (data[at] === value ? 1 : 0), 0);
  const [atLowest, atHighest] = [having(lowest, place), having(highest, place)];
  const parts = informativeParts(alikePixels(place, smoothed, residual), signal, residual);
  const saturated = parts.map(
    ({ part }) => atHighest >= CLIPPED_PIXELS && having(highest, part) / part.length > SATURATED,
  );
  const dropped = saturated.filter((is) => !is).length >= FEWEST;
  return parts.map(({ part, squares, whole }, i) => {
    const bin: Bin = {
      signal: meanOf(signal, part),
      weight: dropped && saturated[i] ? 0 : weightOf(part),
      pixels: part.length,
      lowest,
      low: atLowest >= CLIPPED_PIXELS ? having(lowest, part) / part.length : 0,
    };
    return { bin, squares, whole };
  });
}

const meanOf = (values: Float64Array, part: Int32Array): number =>
  part.reduce((sum, at) => sum + values[at]!, 0) / part.length;

const weightOf = ({ length }: Int32Array): number => 1 / (1 / length + 1 / SURE);

/**
 * Those of the pixels that are sorted by about what they are expected to be. Beside a structure that is narrower than the smoothing, and on it, they are not: what is as dark as the ground counts as bright there, and the residual is that of the structure; so it is around hot pixels. The nearest 3 x 3 pixels tell that,
 * where they differ from the signal by more than a quarter of its height above the ground, and by more than noise of variance v and gain g makes: `k sqrt(power v) + k^2 / 3 most g` (Bernstein), as few photons are rare and far from their mean. All pixels, where hardly any others are left.
 */
function alikePixels(
  pixels: Int32Array,
  { signal, nearer, power, most }: SmoothedSignals,
  residual: Float64Array,
): Int32Array {
  const stride = Math.ceil(pixels.length / GLANCE);
  const points = informativeParts(
    pixels.filter((_, i) => i % stride === 0),
    signal,
    residual,
  ).map(({ part, whole }) => ({ signal: meanOf(signal, part), variance: whole, weight: weightOf(part) }));
  const { gain, offset } = varianceLine(points);
  if (gain === 0 && offset === 0) return pixels;
  const ground = points[0]!.signal;
  const jump = (CHANCE ** 2 / 3) * most * gain;
  const alike = pixels.filter((at) => {
    const height = Math.max(0, signal[at]! - ground);
    const variance = Math.max(0, gain * (ground + height) + offset);
    return Math.abs(nearer[at]!) <= Math.max(DIFFERENT * height, CHANCE * Math.sqrt(power * variance) + jump);
  });
  return alike.length >= Math.max(FEWEST_PIXELS, LEAST_PART * pixels.length) ? alike : pixels;
}

/** The pixels that have neighbours on all sides, by their places; of a page with missing pixels those that are not beside one, where these are enough. */
function placesWithNoise({ width, height }: Plane, missing: Uint8Array | undefined): Int32Array {
  const all = new Int32Array((width - 2) * (height - 2));
  let next = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) all[next++] = y * width + x;
  }
  if (!missing) return all;
  const inRow = (middle: number): number => missing[middle - 1]! | missing[middle]! | missing[middle + 1]!;
  const present = all.filter((at) => (inRow(at - width) | inRow(at) | inRow(at + width)) === 0);
  return present.length >= FEWEST_PIXELS ? present : all;
}

/** Pixels in bins by their signal, without those of bins that are of one value, which would make the line one through nothing: neither of a large ground nor of bars and text, whose rare values have many bins. All, where hardly any others are left. */
function informativeParts(pixels: Int32Array, signal: Float64Array, residual: Float64Array): Part[] {
  const partsOf = (some: Int32Array): Part[] =>
    evenParts(some, signal, BINS).map((part) => {
      const squares = fromFunction(new Float64Array(part.length), (k) => residual[part[k]!]! ** 2).sort();
      return { part, squares, whole: winsorizedVariance(squares, FEW) };
    });
  const fewest = Math.max(FEWEST_PIXELS, LEAST_PART * pixels.length);
  const parts = partsOf(pixels);
  let found = parts;
  for (let all = pixels.length; ; ) {
    const varied = found.filter(({ whole }) => whole > 0);
    const left = varied.reduce((sum, { part }) => sum + part.length, 0);
    if (left >= MOST * all) return varied;
    if (left < fewest) return parts;
    const next = new Int32Array(left);
    let at = 0;
    for (const { part } of varied) {
      next.set(part, at);
      at += part.length;
    }
    found = partsOf(next);
    all = left;
  }
}

/**
 * The line through the bins as they would be had their pixels not been clipped at the lowest grey value; undefined where that does not seem to have happened. In a bin with the ratio r of mean (above the lowest value) and
 * deviation, clipped normal noise has a known part of pixels at the lowest value, and counts of photons, whose zeros are no clipping, have exp(-r^2): what fits is taken. With few such pixels, the one that makes the line fit.
 */
function withoutClipping(bins: readonly BinVariance[], scatter: number): PageVariances | undefined {
  if (!bins.some(({ low }) => low > TOUCHED)) return undefined;
  const telling: PixelsAtLowest[] = [];
  const points = bins.map((bin): TransferPoint => {
    const { signal, lowest, whole, low, weight, pixels } = bin;
    if (low <= TOUCHED) return bin;
    if (low > LOST || whole === 0 || signal <= lowest) return { ...bin, weight: 0 };
    const unclipped = unclippedNormal(signal - lowest, whole);
    if (low > TELLING) telling.push({ signal, variance: whole, lowest, low });
    return {
      ...{ signal: lowest + unclipped.mean, variance: unclipped.variance },
      ...{ weight: weight * (1 - low) ** 2, pixels },
    };
  });
  if (points.filter(({ weight }) => weight > 0).length < FEWEST) return undefined;
  const line = varianceLine(points);
  const clipped = telling.length > 0 ? countsMisfit(telling) > CLIPPED : line.scatter < 0.8 * scatter;
  return clipped ? { points, line } : undefined;
}
