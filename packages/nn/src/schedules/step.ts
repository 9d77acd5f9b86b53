import { div, floor, floorDivide, type Tensor } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { type ExponentialOptions, exponential, exponentialOptions } from "./exponential.js";
import type { Schedule } from "./schedule.js";

/** from * factor^floor(step / every): a staircase. */
export function step(options: ExponentialOptions): Schedule {
  checkOptions("step", options, exponentialOptions);
  const { from, factor, every = 1 } = options;
  // Of whole numbers exactly, which `floor` of a quotient is not on devices whose division is inexact: a step just reached would be missing.
  const reached = (done: Tensor): Tensor =>
    Number.isInteger(every) ? floorDivide(done, every) : floor(div(done, every));
  return (done) => exponential({ from, factor })(reached(done));
}
