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
export const warmup = ({ from = 0, to, steps }: WarmupOptions, after: Schedule): Schedule =>
  joined([{ schedule: linear({ from, to, steps }), steps }], after);
