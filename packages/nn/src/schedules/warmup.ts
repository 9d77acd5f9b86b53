import { aboveZero, callable, checkOptions, checkValue, finite, required } from "../checkOptions.js";
import { joined } from "./joined.js";
import { linear } from "./linear.js";
import type { Schedule } from "./schedule.js";

export interface WarmupOptions {
  /** Default 0. */
  readonly from?: number;
  /** Usually where `after` begins. */
  readonly to: number;
  readonly steps: number;
}

/** A straight line from `from` to `to` in `steps` steps, then `after`, counted from there. */
export function warmup(options: WarmupOptions, after: Schedule): Schedule {
  checkOptions("warmup", options, { from: finite, to: required(finite), steps: required(aboveZero) });
  checkValue("warmup", "what comes after it", after, callable("a schedule, the second argument"));
  const { from = 0, to, steps } = options;
  return joined([{ schedule: linear({ from, to, steps }), steps }], after);
}
