import type { Steps } from "@clidim/denoise";
import {
  estimateSharedNoise,
  type Float64Plane,
  type NoiseModel,
  type Plane,
  stabilize,
} from "@clidim/imaging";
import { blockMatching3dSteps } from "./blockMatching3d.js";
import { dividedBlockMatching3d, type StripTask } from "./dividedBlockMatching3d.js";

/** `stabilized` with `blockMatching3d`, in steps that say what part of the page is done. The noise is the page's own unless it was measured; what pixels share of it is estimated. */
export function* stabilizedBlockMatching3d(
  page: Plane,
  strength: number,
  measured?: NoiseModel,
): Steps<Float64Plane, number> {
  const stable = stabilize(page, estimateSharedNoise(page, measured));
  if (!stable) return unchanged(page);
  const { correlation } = stable;
  return stable.restore(yield* blockMatching3dSteps(stable.page, { strength, correlation }));
}

/** The same by `dividedBlockMatching3d`. */
export function* dividedStabilized(
  page: Plane,
  strength: number,
  measured: NoiseModel | undefined,
  count: number,
): Generator<readonly StripTask[], Float64Plane, readonly Plane[]> {
  const stable = stabilize(page, estimateSharedNoise(page, measured));
  if (!stable) return unchanged(page);
  const { correlation } = stable;
  return stable.restore(yield* dividedBlockMatching3d(stable.page, { strength, correlation }, count));
}

const unchanged = ({ width, height, data }: Plane): Float64Plane => ({
  ...{ width, height },
  data: Float64Array.from(data),
});
