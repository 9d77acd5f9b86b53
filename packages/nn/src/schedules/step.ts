import { div, floor } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { type ExponentialOptions, exponential, exponentialOptions } from "./exponential.js";
import type { Schedule } from "./schedule.js";

/** from * factor^floor(step / every): a staircase. */
export function step(options: ExponentialOptions): Schedule {
  checkOptions("step", options, exponentialOptions);
  const { from, factor, every = 1 } = options;
  return (done) => exponential({ from, factor })(floor(div(done, every)));
}
