import { atOnce, type Steps } from "@clidim/denoise";
import { type Float64Plane, gaussianBlur, type NoiseCorrelation, type Plane } from "@clidim/imaging";
import { profileFor } from "./profiles.js";
import { twoStages } from "./twoStages.js";

export interface BlockMatching3dOptions {
  /** What is taken for the standard deviation of the noise, in units of `sigma`, > 0: more removes more. Default 1. */
  readonly strength?: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
  /** What pixels share of the noise: coefficients are then shrunk by the variance of each. Default: each pixel's is its own. */
  readonly correlation?: NoiseCorrelation | undefined;
}

/** The standard deviation of the blur whose result tells how far the page's values reach without their noise, pixels. */
const RANGE_BLUR = 1;

/** A step of `blockMatching3dSteps` is the work on so many pixels, a quarter of a second or so. */
const STEP_PIXELS = 2 ** 14;

/**
 * Block matching and 3-D filtering (BM3D; Dabov, Foi, Katkovnik and Egiazarian 2007). For each of many reference blocks those that look alike are stacked, their 3-D transform is shrunk, and what comes of all
 * stacks is averaged where it overlaps: first with hard thresholds on blocks alike in the noisy page, then with Wiener filters on blocks alike in that result, which also tells the filters' powers. The constants
 * are those of the authors' release, by the standard deviation of the noise where the page's values, blurred a little, reach from 0 to 255: profile `np` up to 40, `vn` above. The mean of each stack is kept, and the
 * grid of reference blocks is the same in even regions, where the release leaves blocks out to save time. float64; pages of at least 11 x 11 pixels; a 512 x 512 page takes a few seconds.
 */
export function blockMatching3d(page: Plane, options: BlockMatching3dOptions = {}): Float64Plane {
  return atOnce(blockMatching3dSteps(page, options));
}

/** `blockMatching3d` in steps, each of which says what part of the page is done. */
export function* blockMatching3dSteps(
  page: Plane,
  { strength = 1, sigma = 1, correlation }: BlockMatching3dOptions = {},
): Steps<Float64Plane, number> {
  if (!(strength > 0) || !(sigma > 0)) {
    throw new Error(`blockMatching3d: expected strength and sigma > 0, got ${strength} and ${sigma}`);
  }
  const { width, height } = page;
  const noisy = { width, height, data: Float64Array.from(page.data) };
  // Of one grey value of an image from 0 to 255, in the page's units.
  const unit = rangeOf(gaussianBlur(noisy, RANGE_BLUR)) / 255;
  const profile = profileFor(sigma / unit);
  const least = Math.max(profile.hard.side, profile.wiener.side);
  if (width < least || height < least) {
    throw new Error(
      `blockMatching3d: expected at least ${least} x ${least} pixels, got ${width} x ${height}`,
    );
  }
  return yield* coarser(
    twoStages(noisy, profile, unit, strength * sigma, correlation),
    STEP_PIXELS / (width * height),
  );
}

/** The same in steps of at least `portion`. */
function* coarser<T>(steps: Steps<T, number>, portion: number): Steps<T, number> {
  let said = 0;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value - said < portion) continue;
    said = step.value;
    yield said;
  }
}

function rangeOf({ data }: Float64Plane): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}
