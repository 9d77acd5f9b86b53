import { type Float64Plane, gaussianBlur, type NoiseCorrelation, type Plane } from "@clidim/imaging";
import { type Profile, profileFor } from "./profiles.js";

export interface BlockMatching3dOptions {
  /** What is taken for the standard deviation of the noise, in units of `sigma`, > 0: more removes more. Default 1. */
  readonly strength?: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
  /** What pixels share of the noise: coefficients are then shrunk by the variance of each. Default: each pixel's is its own. */
  readonly correlation?: NoiseCorrelation | undefined;
}

/** What both stages are told of a page. */
export interface Filtering {
  readonly profile: Profile;
  /** One grey value of an image from 0 to 255, in the page's units. */
  readonly unit: number;
  /** Standard deviation of the noise that is removed, in the page's units. */
  readonly sigma: number;
  readonly correlation?: NoiseCorrelation | undefined;
}

/** The standard deviation of the blur whose result tells how far the page's values reach without their noise, pixels. */
const RANGE_BLUR = 1;

/** A page in float64, how it is filtered, and what `profileFor` chose the profile by. Throws for what no page can be filtered with, and for pages of fewer pixels than a block. */
export function filteringOf(
  page: Plane,
  { strength = 1, sigma = 1, correlation }: BlockMatching3dOptions,
): { readonly noisy: Float64Plane; readonly filtering: Filtering; readonly level: number } {
  if (!(strength > 0) || !(sigma > 0)) {
    throw new Error(`blockMatching3d: expected strength and sigma > 0, got ${strength} and ${sigma}`);
  }
  const { width, height } = page;
  const noisy = { width, height, data: Float64Array.from(page.data) };
  const unit = rangeOf(gaussianBlur(noisy, RANGE_BLUR)) / 255;
  const level = sigma / unit;
  const profile = profileFor(level);
  const least = Math.max(profile.hard.side, profile.wiener.side);
  if (width < least || height < least) {
    throw new Error(
      `blockMatching3d: expected at least ${least} x ${least} pixels, got ${width} x ${height}`,
    );
  }
  return { noisy, filtering: { profile, unit, sigma: strength * sigma, correlation }, level };
}

function rangeOf({ data }: Float64Plane): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}
