import { add, mul, normal as standardNormal } from "@clidim/tensor";
import type { Initializer } from "./initializer.js";

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Standard deviation. Default 1. */
  readonly std?: number;
}

/** N(mean, std^2). */
export const normal =
  ({ mean = 0, std = 1 }: NormalOptions = {}): Initializer =>
  (key, shape) => {
    const spread = mul(standardNormal(key, shape), std);
    return mean === 0 ? spread : add(spread, mean);
  };
