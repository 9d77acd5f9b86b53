import { add, mul, normal as standardNormal } from "@clidim/tensor";
import { atLeastZero, checkOptions, finite } from "../checkOptions.js";
import type { Initializer } from "./initializer.js";

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Standard deviation. Default 1. */
  readonly std?: number;
}

/** N(mean, std^2). */
export function normal(options: NormalOptions = {}): Initializer {
  checkOptions("normal", options, { mean: finite, std: atLeastZero });
  const { mean = 0, std = 1 } = options;
  return (key, shape) => {
    const spread = mul(standardNormal(key, shape), std);
    return mean === 0 ? spread : add(spread, mean);
  };
}
