import { add, mul, type Tensor } from "@clidim/tensor";

/** decay * average + (1 - decay) * value: one step of an exponential moving average. */
export const moveAverage = (average: Tensor, value: Tensor, decay: number): Tensor =>
  add(mul(average, decay), mul(value, 1 - decay));
