import { evenlySpread } from "../image/evenlySpread.js";
import { fromFunction } from "../image/fromFunction.js";
import { percentiles } from "../image/percentile.js";

/** A page that was not trained on, pixel by pixel, all in the same unit. */
export interface HeldOutPixels {
  readonly predicted: ArrayLike<number>;
  /** Standard deviation between passes. */
  readonly scatter: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
}

/** How large errors are, by what can be known of a pixel: `sigma^2 = floor(predicted)^2 + (scale scatter)^2`. */
export interface UncertaintyCalibration {
  /** Predicted values, ascending, between which the squares of the floors are interpolated; beyond them they stay as they are. */
  readonly values: readonly number[];
  readonly floors: readonly number[];
  readonly scale: number;
}

/** How well a calibration holds on pages that it was not made with. */
export interface UncertaintyCoverage {
  /** Parts of the pixels whose error is at most 1 and 2 sigma; 0.683 and 0.954 for errors of a normal distribution. */
  readonly withinOne: number;
  readonly withinTwo: number;
  readonly rmsError: number;
  readonly rmsSigma: number;
  readonly pixels: number;
}

/** Parts of a normal distribution within 1 and 2 standard deviations. */
const WITHIN_ONE = 0.6827;
const WITHIN_TWO = 0.9545;

/** Ranges of the predicted value, by the percentages of pixels below them: few pixels are bright, and their errors are large. */
const EDGES = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 97, 100] as const;
/** Of the mean squared error of a range, at least this part is taken for what the scatter does not tell. */
const LEAST_FLOOR = 0.001;
const LOOKED_AT = 4096;
/** Scales that are tried: how much of the errors the scatter would make up. */
const SCALES = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2] as const;

/**
 * Fits what errors of held-out pages are like. Passes of a network that differ share most of its errors, so that their scatter is far too small for an error bar, and hardly depends on what makes errors large:
 * few photons, bright structures. So pixels are put into ranges of the predicted value, by which one knows noise and structure to grow.
 *
 * 1. Floors and scale are those of the largest likelihood, errors being normal of variance `floor^2 + (scale scatter)^2`: the least sum of `log sigma^2 + error^2 / sigma^2`, with a floor for each range. Of each range
 *    at most 4096 pixels are looked at, evenly spread.
 * 2. Both are multiplied by the smallest factor for which 68.27 % of all errors lie within 1 sigma and 95.45 % within 2 (as in split conformal prediction, Lei et al. 2018): errors have heavier tails than a normal distribution.
 */
export function calibrateUncertainty(pages: readonly HeldOutPixels[]): UncertaintyCalibration {
  const pixels = pixelsOf(pages);
  if (pixels.predicted.length === 0) throw new Error("calibrateUncertainty: expected pixels, got none");
  const ranges = rangesOf(pixels.predicted);
  const samples = ranges.map((range): Squares => {
    const places = evenlySpread(Math.min(LOOKED_AT, range.length), range.length).map((at) => range[at]!);
    return {
      errors: Float64Array.from(places, (at) => pixels.error[at]! ** 2),
      scatters: Float64Array.from(places, (at) => pixels.scatter[at]! ** 2),
    };
  });
  const meanScatter = mean(samples.map(({ scatters }) => mean(scatters)));
  const meanError = mean(samples.map(({ errors }) => mean(errors)));
  // From a scale that says nothing to one that says all, twice and more.
  const slopes = meanScatter > 0 ? SCALES.map((part) => (part * part * meanError) / meanScatter) : [0];
  const fits = slopes.map((slope) => {
    const floors = samples.map((sample) => bestFloor(sample, slope));
    const cost = samples.reduce(
      (sum, sample, i) => sum + sample.errors.length * unlikelihood(sample, floors[i]!, slope),
      0,
    );
    return { slope, floors, cost };
  });
  const best = fits.reduce((least, fit) => (fit.cost < least.cost ? fit : least));
  const fitted = {
    values: ranges.map((range) => mean(range.map((at) => pixels.predicted[at]!))),
    floors: best.floors.map(Math.sqrt),
    scale: Math.sqrt(best.slope),
  };
  const factor = factorFor(pixels.error, calibratedDeviation(fitted, pixels.predicted, pixels.scatter));
  return {
    values: fitted.values,
    floors: fitted.floors.map((floor) => factor * floor),
    scale: factor * fitted.scale,
  };
}

/** Squares of errors and of scatters of some pixels. */
interface Squares {
  readonly errors: Float64Array;
  readonly scatters: Float64Array;
}

/** Mean of log sigma^2 + error^2 / sigma^2. */
function unlikelihood({ errors, scatters }: Squares, floor: number, slope: number): number {
  let sum = 0;
  for (let i = 0; i < errors.length; i++) {
    const variance = floor + slope * scatters[i]!;
    // A pixel without error and without scatter says nothing.
    if (variance > 0) sum += Math.log(variance) + errors[i]! / variance;
  }
  return sum / errors.length;
}

/** The square of the floor that makes the errors most likely, to 3 %. */
function bestFloor(squares: Squares, slope: number): number {
  const error = mean(squares.errors);
  if (error === 0) return 0;
  let [low, high] = [Math.log(LEAST_FLOOR * error), Math.log(2 * error)];
  const golden = (Math.sqrt(5) - 1) / 2;
  while (high - low > 0.03) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (unlikelihood(squares, Math.exp(a), slope) < unlikelihood(squares, Math.exp(b), slope)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** The standard deviation of the error of each pixel, in the unit of the calibration. */
export function calibratedDeviation(
  { values, floors, scale }: UncertaintyCalibration,
  predicted: ArrayLike<number>,
  scatter: ArrayLike<number>,
): Float32Array {
  const last = values.length - 1;
  return fromFunction(new Float32Array(predicted.length), (i) => {
    const value = predicted[i]!;
    let at = 0;
    while (at < last && values[at + 1]! <= value) at++;
    const next = Math.min(last, at + 1);
    const span = values[next]! - values[at]!;
    const part = span > 0 ? Math.min(1, Math.max(0, (value - values[at]!) / span)) : 0;
    const floor = (1 - part) * floors[at]! ** 2 + part * floors[next]! ** 2;
    return Math.sqrt(floor + (scale * scatter[i]!) ** 2);
  });
}

/**
 * What is to be expected of a calibration that is made with all pages: each of them in turn is left out, the others are calibrated with, and the errors of the page left out are
 * counted. Of a single page its quarters take the place of pages, its halves where it is one pixel wide or high, for which `width` is needed: less is known then.
 */
export function heldOutCoverage(pages: readonly HeldOutPixels[], width: number): UncertaintyCoverage {
  const groups = pages.length > 1 ? pages : pages.flatMap((page) => quarters(page, width));
  let [one, two, pixels, errors, sigmas] = [0, 0, 0, 0, 0];
  groups.forEach((left, i) => {
    const calibration = calibrateUncertainty(groups.filter((_, other) => other !== i));
    const coverage = coverageOf(calibration, left);
    one += coverage.withinOne * coverage.pixels;
    two += coverage.withinTwo * coverage.pixels;
    errors += coverage.rmsError ** 2 * coverage.pixels;
    sigmas += coverage.rmsSigma ** 2 * coverage.pixels;
    pixels += coverage.pixels;
  });
  return {
    withinOne: one / pixels,
    withinTwo: two / pixels,
    rmsError: Math.sqrt(errors / pixels),
    rmsSigma: Math.sqrt(sigmas / pixels),
    pixels,
  };
}

/** How many errors of a page lie within 1 and 2 of the standard deviations that a calibration gives. */
export function coverageOf(calibration: UncertaintyCalibration, page: HeldOutPixels): UncertaintyCoverage {
  const { predicted, scatter, error } = pixelsOf([page]);
  const sigma = calibratedDeviation(calibration, predicted, scatter);
  const within = (times: number): number =>
    error.reduce((count, e, i) => count + (Math.abs(e) <= times * sigma[i]! ? 1 : 0), 0) / error.length;
  return {
    withinOne: within(1),
    withinTwo: within(2),
    rmsError: rms(error),
    rmsSigma: rms(sigma),
    pixels: error.length,
  };
}

interface Pixels {
  readonly predicted: Float64Array;
  readonly scatter: Float64Array;
  readonly error: Float64Array;
}

function pixelsOf(pages: readonly HeldOutPixels[]): Pixels {
  const all = (value: (page: HeldOutPixels, at: number) => number): Float64Array =>
    Float64Array.from(
      pages.flatMap((page) => Array.from({ length: page.predicted.length }, (_, at) => value(page, at))),
    );
  return {
    predicted: all(({ predicted }, at) => predicted[at]!),
    scatter: all(({ scatter }, at) => scatter[at]!),
    error: all(({ predicted, truth }, at) => predicted[at]! - truth[at]!),
  };
}

/** Positions of the pixels of each range; none is empty. */
function rangesOf(predicted: Float64Array): number[][] {
  const edges = percentiles([{ data: predicted }], EDGES);
  const ranges: number[][] = Array.from({ length: EDGES.length - 1 }, () => []);
  predicted.forEach((value, at) => {
    let range = 0;
    while (range < ranges.length - 1 && value >= edges[range + 1]!) range++;
    ranges[range]!.push(at);
  });
  return ranges.filter((range) => range.length > 0);
}

/** The smallest factor on sigma for which enough errors lie within 1 sigma and within 2. */
function factorFor(error: Float64Array, sigma: Float32Array): number {
  const ratios = fromFunction(new Float64Array(error.length), (i) =>
    error[i] === 0 ? 0 : Math.abs(error[i]!) / sigma[i]!,
  ).sort();
  const quantile = (part: number): number =>
    ratios[Math.min(ratios.length - 1, Math.ceil(part * ratios.length))]!;
  return Math.max(quantile(WITHIN_ONE), quantile(WITHIN_TWO) / 2);
}

function quarters({ predicted, scatter, truth }: HeldOutPixels, width: number): HeldOutPixels[] {
  const height = predicted.length / width;
  const part = (values: ArrayLike<number>, right: boolean, lower: boolean): Float64Array =>
    Float64Array.from(
      Array.from({ length: values.length }, (_, at) => at)
        .filter((at) => at % width >= width / 2 === right && Math.floor(at / width) >= height / 2 === lower)
        .map((at) => values[at]!),
    );
  const parts = [false, true].flatMap((lower) =>
    [false, true].map((right) => ({
      predicted: part(predicted, right, lower),
      scatter: part(scatter, right, lower),
      truth: part(truth, right, lower),
    })),
  );
  return parts.filter((quarter) => quarter.predicted.length > 0);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

const rms = (values: Float64Array | Float32Array): number => {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
};
