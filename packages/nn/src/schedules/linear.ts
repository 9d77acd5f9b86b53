import { add, mul } from "@clidim/tensor";
import { type AcceptedOptions, aboveZero, checkOptions, finite, required } from "../checkOptions.js";
import { progress } from "./progress.js";
import type { Schedule } from "./schedule.js";

export interface RampOptions {
  readonly from: number;
  /** Reached after `steps` steps and kept. Default 0. */
  readonly to?: number;
  readonly steps: number;
}

/** What these options may be. */
export const rampOptions: AcceptedOptions<RampOptions> = {
  from: required(finite),
  to: finite,
  steps: required(aboveZero),
};

/** A straight line. */
export function linear(options: RampOptions): Schedule {
  checkOptions("linear", options, rampOptions);
  const { from, to = 0, steps } = options;
  return (step) => add(mul(progress(step, steps), to - from), from);
}
