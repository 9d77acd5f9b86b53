import { add, apply, div, minimum, type Tensor } from "@clidim/tensor";
import { checkOptions, fraction } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkLikeParams, checkParams } from "./checked.js";
import { moveAverage } from "./moveAverage.js";

export interface EmaOptions {
  /** Default 0.999. */
  readonly decay?: number;
}

export interface Ema {
  /** The average to start from: a copy of the parameters, so that both can be donated to a compiled step. */
  init<P>(params: P): P;
  /**
   * The next average. With `step`, the number of averages taken so far (f32 scalar), the decay is min(decay, (1 + step) / (10 + step)), so that an average that has just begun does not
   * remember its start.
   */
  update<P>(average: P, params: P, step?: Tensor): P;
}

/** Exponential moving average of parameters, average = decay * average + (1 - decay) * parameter: for evaluation, beside training. */
export function ema(options: EmaOptions = {}): Ema {
  checkOptions("ema", options, { decay: fraction });
  const { decay = 0.999 } = options;
  return {
    init(params) {
      checkParams("ema", params);
      return mapLeaves((leaf) => apply("identity", [leaf], {}), params);
    },
    update(average, params, step) {
      checkLikeParams(
        "ema",
        "the average",
        average,
        params,
        "pass what init made of these parameters, or the last average",
      );
      const now = step ? minimum(decay, div(add(step, 1), add(step, 10))) : decay;
      return mapLeaves((old, current) => moveAverage(old, current, now), average, params);
    },
  };
}
