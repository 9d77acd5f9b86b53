import type { Steps } from "@clidim/denoise";
import type { Float64Plane, NoiseCorrelation, Plane } from "@clidim/imaging";
import { STEP_PIXELS } from "./blockMatching3d.js";
import { coarser } from "./coarser.js";
import { type BlockMatching3dOptions, filteringOf } from "./filtering.js";
import { firstStage } from "./firstStage.js";
import { type PageStrip, pageStrips, stripOf } from "./pageStrips.js";
import { type Grouping, profileFor } from "./profiles.js";
import { secondStage } from "./secondStage.js";

/** One stage of `blockMatching3d` on a strip of a page: plain data, for another thread. */
export interface StripTask {
  /** Of the second stage, the pilot image. */
  readonly pilot?: Float64Plane;
  readonly noisy: Float64Plane;
  readonly strip: Pick<PageStrip, "from" | "to" | "referenceRows">;
  /** What `profileFor` chooses the profile by. */
  readonly level: number;
  readonly unit: number;
  readonly sigma: number;
  readonly correlation?: NoiseCorrelation | undefined;
}

/**
 * `blockMatching3d` with each stage divided into strips, at most `count`: yields the tasks of a stage, which do not need one another, wants what `filterStrip` makes of each, and returns the same result to the last bit. The
 * reference blocks beside a strip are in those of both neighbours, so that a strip of 64 rows is 1.8 times its part of the work, one of 256 rows 1.2 times.
 */
export function* dividedBlockMatching3d(
  page: Plane,
  options: BlockMatching3dOptions,
  count: number,
): Generator<readonly StripTask[], Float64Plane, readonly Plane[]> {
  const { noisy, filtering, level } = filteringOf(page, options);
  const { profile, unit, sigma, correlation } = filtering;
  function* stage(
    grouping: Grouping,
    pilot?: Float64Plane,
  ): Generator<readonly StripTask[], Float64Plane, readonly Plane[]> {
    const strips = pageStrips(page.height, grouping, count);
    const results = yield strips.map((strip) => ({
      ...(pilot && { pilot: stripOf(pilot, strip) }),
      noisy: stripOf(noisy, strip),
      strip,
      ...{ level, unit, sigma, correlation },
    }));
    const data = new Float64Array(page.width * page.height);
    for (const [i, { top, from }] of strips.entries()) data.set(results[i]!.data, (top + from) * page.width);
    return { ...noisy, data };
  }
  const pilot = yield* stage(profile.hard);
  return yield* stage(profile.wiener, pilot);
}

/** The rows that a strip gives, in steps that say what part is done. */
export function* filterStrip({
  pilot,
  noisy,
  strip,
  level,
  ...told
}: StripTask): Steps<Float64Plane, number> {
  const filtering = { profile: profileFor(level), ...told };
  const stage = pilot
    ? secondStage(pilot, noisy, filtering, strip.referenceRows)
    : firstStage(noisy, filtering, strip.referenceRows);
  const { width, height } = noisy;
  const filtered = yield* coarser(stage, (2 * STEP_PIXELS) / (width * height));
  return stripOf(filtered, { top: strip.from, bottom: strip.to });
}
