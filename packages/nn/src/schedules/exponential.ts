import { exp, mul } from "@clidim/tensor";
import type { Schedule } from "./schedule.js";

export interface ExponentialOptions {
  readonly from: number;
  /** Factor per `every` steps. */
  readonly factor: number;
  /** Default 1. */
  readonly every?: number;
}

/** from * factor^(step / every). */
export const exponential =
  ({ from, factor, every = 1 }: ExponentialOptions): Schedule =>
  (step) =>
    mul(exp(mul(step, Math.log(factor) / every)), from);
