import {
  type AcceptedOptions,
  accepted,
  atLeastZero,
  flag,
  oneOf,
  required,
  wholeFrom,
} from "../checkOptions.js";
import type { Checkpoint } from "./checkpointFile.js";
import type { Best, EpochRecord } from "./records.js";
import type { Snapshot } from "./snapshot.js";

export interface EarlyStoppingOptions {
  /** What is watched: "loss", or a metric by its name, of the validation where there is one. Default "loss". */
  readonly metric?: string;
  /** Training ends after so many epochs without a better value, at least 1. */
  readonly patience: number;
  /** What is better. Default "min". */
  readonly mode?: "min" | "max";
  /** By how much a value has to be better to count. Default 0. */
  readonly minDelta?: number;
  /** The result has the variables of the best epoch instead of the last one's. Default true. */
  readonly restoreBest?: boolean;
}

/** What these options may be. */
export const earlyStoppingOptions: AcceptedOptions<EarlyStoppingOptions> = {
  metric: accepted("the name of a metric", (value) => typeof value === "string"),
  patience: required(wholeFrom(1)),
  mode: oneOf("min", "max"),
  minDelta: atLeastZero,
  restoreBest: flag,
};

/** What is watched, of the validation where there is one. */
const watched = ({ train, validation }: EpochRecord, { metric = "loss" }: EarlyStoppingOptions): number =>
  (validation ?? train)[metric]!;

/** The better of the best epoch so far and another one; NaN never is the better. */
export function betterOf(
  best: Best | undefined,
  record: EpochRecord,
  options: EarlyStoppingOptions,
): Best | undefined {
  const { mode = "min", minDelta = 0 } = options;
  const value = watched(record, options);
  if (Number.isNaN(value)) return best;
  if (best && !(mode === "min" ? value < best.value - minDelta : value > best.value + minDelta)) return best;
  return { epoch: record.epoch, value };
}

/** What early stopping knows of the epochs that are done. */
export interface Watched {
  readonly best?: Best;
  /** The variables of the best epoch, where they are wanted. */
  readonly variables?: Snapshot;
  /** The first epoch that is compared. */
  readonly comparedFrom: number;
}

/**
 * The best epoch of a training that goes on, by what is watched now, which may not be what was watched before. Epochs up to the last whose values are of
 * something else, the training's beside a validation's, are not compared, and no epoch is where the variables of the best one are wanted and were not kept:
 * then those to come are.
 */
export function resumedBest(
  { progress, bestVariables }: Checkpoint,
  options: EarlyStoppingOptions,
  validated: boolean,
): Watched {
  const { history, epoch } = progress;
  const isOther = ({ validation }: EpochRecord): boolean => (validation !== undefined) !== validated;
  // A record for each epoch from 0.
  const comparedFrom = Math.max(progress.comparedFrom ?? 0, history.findLastIndex(isOther) + 1);
  const best = history
    .slice(comparedFrom)
    .reduce<Best | undefined>((before, record) => betterOf(before, record, options), undefined);
  if (!best) return { comparedFrom };
  if (options.restoreBest === false) return { best, comparedFrom };
  return bestVariables && best.epoch === progress.best?.epoch
    ? { best, variables: bestVariables, comparedFrom }
    : { comparedFrom: epoch };
}
