import { add, cos, mul } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { type RampOptions, rampOptions } from "./linear.js";
import { progress } from "./progress.js";
import type { Schedule } from "./schedule.js";

/** Half a cosine wave, to + (from - to) (1 + cos(pi step / steps)) / 2 (Loshchilov and Hutter 2017, without restarts). */
export function cosine(options: RampOptions): Schedule {
  checkOptions("cosine", options, rampOptions);
  const { from, to = 0, steps } = options;
  return (step) => add(mul(cos(mul(progress(step, steps), Math.PI)), (from - to) / 2), (from + to) / 2);
}
