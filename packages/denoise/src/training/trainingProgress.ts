import type { MetricsLog } from "./metricsLog.js";
import type { TrainingProgress } from "./trainHooks.js";
import type { TrainingClock } from "./trainingClock.js";

/** What is told of a run between its updates, with the latest losses and validation. */
export function trainingProgress(
  { update, updates, validated }: Pick<TrainingProgress, "update" | "updates" | "validated">,
  clock: TrainingClock,
  losses: TrainingProgress["losses"],
  log: MetricsLog,
): TrainingProgress {
  const rate = clock.updatesPerSecond();
  const { last: validation } = log.validation();
  return {
    ...{ update, updates, validated },
    ...(rate !== undefined && { updatesPerSecond: rate, secondsLeft: (updates - update) / rate }),
    ...(losses && { losses }),
    ...(validation && { validation }),
  };
}
