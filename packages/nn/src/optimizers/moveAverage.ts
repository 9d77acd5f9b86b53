import { add, mul, sub, type Tensor } from "@clidim/tensor";

/** decay * average + (1 - decay) * value: one step of an exponential moving average. */
export const moveAverage = (average: Tensor, value: Tensor, decay: number | Tensor): Tensor =>
  add(mul(average, decay), mul(value, typeof decay === "number" ? 1 - decay : sub(1, decay)));
