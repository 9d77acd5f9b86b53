import { type TrainOptions, train } from "../training/train.js";
import { endingAt } from "./endingAt.js";
import type { TrainingPace } from "./timePlan.js";

/** The pace is that after so many seconds of updates, at least so many of them. */
const SECONDS = 3;
const UPDATES = 4;

/** How fast a training is, by its first updates: it is begun, and given up. Undefined where these take until `limit`, by `performance.now()`. */
export async function paceOf(
  options: TrainOptions,
  limit: number,
  stop: readonly AbortSignal[],
): Promise<TrainingPace | undefined> {
  const start = performance.now();
  const enough = new AbortController();
  const ending = endingAt(limit, [enough.signal, ...stop]);
  let first: number | undefined;
  let pace: TrainingPace | undefined;
  try {
    await train(options, {
      signal: ending.signal,
      onProgress: ({ update, updates, updatesPerSecond }) => {
        const now = performance.now();
        first ??= now;
        if (updatesPerSecond === undefined) return;
        pace = { setUp: (first - start) / 1000, secondsPerUpdate: 1 / updatesPerSecond };
        const measured = now - first >= 1000 * SECONDS && update >= UPDATES;
        if (measured || update === updates) enough.abort();
      },
    });
  } finally {
    ending.clear();
  }
  return pace;
}
