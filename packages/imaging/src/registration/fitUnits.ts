import type { Plane } from "../image/image.js";
import type { Affine } from "../image/normalization.js";
import { percentiles } from "../image/percentile.js";
import { affineFit } from "../metrics/affineFit.js";
import { gaussianBlur } from "../noise/gaussianBlur.js";
import { type ToneBend, toneBend } from "./toneBend.js";

/** How the grey values of two pages of one scene go together: `noisy = scale clean + offset`, up to the noise. */
export interface UnitFit extends Affine {
  /** Standard error of `scale`. */
  readonly error: number;
  /** Percentiles 1 and 99.9 of the clean page, smoothed. */
  readonly low: number;
  readonly high: number;
  /** How far from a line they lie; absent where there are too few grey values to tell. */
  readonly tone?: ToneBend;
}

/** Sigma of the blur before the fit, pixels: shifts of a pixel and the clean page's own noise then hardly matter. */
const SMOOTHED = 2;

/** The area in pixels over which noise is one after the blur: the inverse of the sum of its squared weights, 4 pi sigma^2. */
const GRAIN = 4 * Math.PI * SMOOTHED ** 2;

/**
 * Fits the grey values of a noisy page to those of a clean one of the same size, by least squares on smoothed pages: noise in the values that are fitted does not tilt the line, and that of
 * the clean page is what blurring leaves of little. Twice, pixels more than 3 standard deviations off are left out, such as saturated ones. Scale 0 where the clean page is constant.
 */
export function fitUnits(noisy: Plane, clean: Plane): UnitFit {
  const [from, to] = [gaussianBlur(clean, SMOOTHED), gaussianBlur(noisy, SMOOTHED)];
  const [low, high] = percentiles([from], [1, 99.9]) as [number, number]; // one value per percentage
  // What rounding leaves of a constant page is no contrast.
  if (!(high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)))) {
    return { scale: 0, offset: to.data.reduce((sum, v) => sum + v / to.data.length, 0), low, high, error: 0 };
  }
  const tone = toneBend(from.data, to.data, { low, high, grain: GRAIN });
  let [x, y] = [from.data, to.data];
  let fit = lineOf(x, y);
  for (let round = 0; round < 2; round++) {
    const limit = 3 * fit.deviation;
    const { scale, offset } = fit;
    const kept = Array.from(x.keys()).filter((i) => Math.abs(y[i]! - scale * x[i]! - offset) <= limit);
    if (kept.length < 16) break;
    [x, y] = [Float64Array.from(kept, (i) => x[i]!), Float64Array.from(kept, (i) => y[i]!)];
    fit = lineOf(x, y);
  }
  const { scale, offset, deviation, spread } = fit;
  return {
    scale,
    offset,
    low,
    high,
    error: spread > 0 ? (deviation / spread) * Math.sqrt(GRAIN / x.length) : 0,
    ...(tone && { tone }),
  };
}

/** The least squares line, the standard deviation from it, and that of x. */
function lineOf(
  x: Float64Array,
  y: Float64Array,
): Affine & { readonly deviation: number; readonly spread: number } {
  const row = (data: Float64Array): Plane => ({ width: data.length, height: 1, data });
  const { scale, offset } = affineFit(row(x), row(y));
  const mean = x.reduce((sum, value) => sum + value / x.length, 0);
  let [squares, spread] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    squares += (y[i]! - scale * x[i]! - offset) ** 2;
    spread += (x[i]! - mean) ** 2;
  }
  return { scale, offset, deviation: Math.sqrt(squares / x.length), spread: Math.sqrt(spread / x.length) };
}

/** Captures of one scene drift in brightness; a scale further from 1 than by this factor is no drift. */
export const LARGEST_DRIFT = 1.5;

/** A dark level that differs by more than this part of the range is no drift. */
const LARGEST_STEP = 0.25;

/**
 * Whether the pages have other units: a scale outside 1 / `LARGEST_DRIFT` to `LARGEST_DRIFT`, further than twice its standard error, or a dark level (percentile 1 of the clean page)
 * that differs by more than a quarter of the larger range. Captures of one field whose lamp fades do not; ten times the exposure, 256 grey values to one and 0 to 1 do.
 */
export function otherUnits({ scale, offset, error, low, high }: UnitFit): boolean {
  if (scale - 2 * error > LARGEST_DRIFT || scale + 2 * error < 1 / LARGEST_DRIFT) return true;
  const range = Math.max(1, scale) * (high - low);
  return Math.abs(scale * low + offset - low) > LARGEST_STEP * range;
}
