import { atOnce, type Steps } from "@clidim/denoise";
import type { Float64Plane, Plane } from "@clidim/imaging";
import { coarser } from "./coarser.js";
import { type BlockMatching3dOptions, filteringOf } from "./filtering.js";
import { twoStages } from "./twoStages.js";

/** A step of `blockMatching3dSteps` is the work on so many pixels, a quarter of a second or so. */
export const STEP_PIXELS: number = 2 ** 14;

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
  options: BlockMatching3dOptions = {},
): Steps<Float64Plane, number> {
  const { noisy, filtering } = filteringOf(page, options);
  return yield* coarser(twoStages(noisy, filtering), STEP_PIXELS / (page.width * page.height));
}
