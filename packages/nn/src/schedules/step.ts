import { div, floor } from "@clidim/tensor";
import { type ExponentialOptions, exponential } from "./exponential.js";
import type { Schedule } from "./schedule.js";

/** from * factor^floor(step / every): a staircase. */
export const step =
  ({ from, factor, every = 1 }: ExponentialOptions): Schedule =>
  (done) =>
    exponential({ from, factor })(floor(div(done, every)));
