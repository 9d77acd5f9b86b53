import { div, floor } from "@clidim/tensor";
import { expectOptions } from "../expectOptions.js";
import { type ExponentialOptions, exponential, exponentialOptions } from "./exponential.js";
import type { Schedule } from "./schedule.js";

/** from * factor^floor(step / every): a staircase. */
export function step(options: ExponentialOptions): Schedule {
  expectOptions("step", options, exponentialOptions);
  const { from, factor, every = 1 } = options;
  return (done) => exponential({ from, factor })(floor(div(done, every)));
}
