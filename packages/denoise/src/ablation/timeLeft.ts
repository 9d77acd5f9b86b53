import type { TrainingProgress } from "../training/trainHooks.js";
import type { AblationRun } from "./grid.js";
import type { FinishedRun } from "./table.js";

/**
 * Seconds until the grid is done: those left of the run at work, and for each that waits its updates at the pace of the finished runs of its variant and data set, else of its variant;
 * else of the run at work where that has the same variant, or of all finished runs where there are some. Undefined before the run at work has a pace.
 */
export function gridSecondsLeft(
  current: AblationRun,
  progress: Pick<TrainingProgress, "secondsLeft" | "updatesPerSecond">,
  waiting: readonly AblationRun[],
  finished: readonly FinishedRun[],
): number | undefined {
  const { secondsLeft, updatesPerSecond } = progress;
  if (secondsLeft === undefined || updatesPerSecond === undefined) return undefined;
  const pace = (runs: readonly FinishedRun[]): number | undefined => {
    const updates = runs.reduce((sum, { result }) => sum + result.training.updates, 0);
    const seconds = runs.reduce((sum, { result }) => sum + result.training.seconds, 0);
    return updates > 0 ? seconds / updates : undefined;
  };
  const secondsPerUpdate = ({ variant, data }: AblationRun): number => {
    const ofVariant = finished.filter(({ run }) => run.variant === variant);
    const own = pace(ofVariant.filter(({ run }) => run.data === data)) ?? pace(ofVariant);
    if (own !== undefined) return own;
    return variant === current.variant ? 1 / updatesPerSecond : (pace(finished) ?? 1 / updatesPerSecond);
  };
  return waiting.reduce((sum, run) => sum + run.configuration.updates * secondsPerUpdate(run), secondsLeft);
}
