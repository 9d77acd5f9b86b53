import { add, mul } from "@clidim/tensor";
import { progress } from "./progress.js";
import type { Schedule } from "./schedule.js";

export interface RampOptions {
  readonly from: number;
  /** Reached after `steps` steps and kept. Default 0. */
  readonly to?: number;
  readonly steps: number;
}

/** A straight line. */
export const linear =
  ({ from, to = 0, steps }: RampOptions): Schedule =>
  (step) =>
    add(mul(progress("linear", step, steps), to - from), from);
