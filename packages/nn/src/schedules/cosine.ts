import { add, cos, mul } from "@clidim/tensor";
import type { RampOptions } from "./linear.js";
import { progress } from "./progress.js";
import type { Schedule } from "./schedule.js";

/** Half a cosine wave, to + (from - to) (1 + cos(pi step / steps)) / 2 (Loshchilov and Hutter 2017, without restarts). */
export const cosine =
  ({ from, to = 0, steps }: RampOptions): Schedule =>
  (step) =>
    add(mul(cos(mul(progress("cosine", step, steps), Math.PI)), (from - to) / 2), (from + to) / 2);
