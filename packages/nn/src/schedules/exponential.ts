import { exp, mul } from "@clidim/tensor";
import { type AcceptedOptions, aboveZero, checkOptions, finite, required } from "../checkOptions.js";
import type { Schedule } from "./schedule.js";

export interface ExponentialOptions {
  readonly from: number;
  /** Factor per `every` steps. */
  readonly factor: number;
  /** Default 1. */
  readonly every?: number;
}

/** What these options may be. */
export const exponentialOptions: AcceptedOptions<ExponentialOptions> = {
  from: required(finite),
  factor: required(aboveZero),
  every: aboveZero,
};

/** from * factor^(step / every). */
export function exponential(options: ExponentialOptions): Schedule {
  checkOptions("exponential", options, exponentialOptions);
  const { from, factor, every = 1 } = options;
  return (step) => mul(exp(mul(step, Math.log(factor) / every)), from);
}
