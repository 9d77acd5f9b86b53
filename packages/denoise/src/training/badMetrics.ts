import type { MeanMetrics } from "../protocol/metrics.js";

/** The smallest normal half: if no update between two log points is finite at a smaller scale than this, the scale is not the reason. */
const SMALLEST_LOSS_SCALE = 2 ** -14;

/** The first loss that is no number, or that no update had finite gradients, in words; undefined where all is well. */
export function badMetrics({ means, count, lossScale }: MeanMetrics): string | undefined {
  if (count === 0) {
    return lossScale && lossScale.scale < SMALLEST_LOSS_SCALE
      ? `every update overflows, at a loss scale of ${lossScale.scale} too (precision float32 has a larger range)`
      : undefined;
  }
  const bad = Object.entries(means).find(([, value]) => !Number.isFinite(value));
  return bad && `the ${bad[0]} loss is ${bad[1]}`;
}
