import {
  type AcceptedOptions,
  accepted,
  atLeastZero,
  flag,
  oneOf,
  required,
  wholeFrom,
} from "../checkOptions.js";
import type { Best } from "./records.js";

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

/** Whether `value` is better than the best so far; NaN never is. */
export function isBetter(
  value: number,
  best: Best | undefined,
  { mode = "min", minDelta = 0 }: EarlyStoppingOptions,
): boolean {
  if (Number.isNaN(value)) return false;
  if (!best) return true;
  return mode === "min" ? value < best.value - minDelta : value > best.value + minDelta;
}
