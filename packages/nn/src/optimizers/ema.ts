import { apply } from "@clidim/tensor";
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
  /** The next average. */
  update<P>(average: P, params: P): P;
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
    update(average, params) {
      checkLikeParams(
        "ema",
        "the average",
        average,
        params,
        "pass what init made of these parameters, or the last average",
      );
      return mapLeaves((old, current) => moveAverage(old, current, decay), average, params);
    },
  };
}
