import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** Updates between two log points: 50, in shorter runs about a hundredth of them. It depends on the configuration alone, as does where validation figures are. */
export const logInterval = ({ updates }: Pick<RunConfiguration, "updates">): number =>
  Math.min(50, Math.max(1, Math.round(updates / 100)));

/** Validation figures at every tenth log point, and after the last update. */
export const LOG_POINTS_PER_VALIDATION = 10;
