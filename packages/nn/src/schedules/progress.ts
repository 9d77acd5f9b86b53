import { clip, div, type Tensor } from "@clidim/tensor";

/** The fraction of `steps` that is done, from 0 to 1. */
export const progress = (step: Tensor, steps: number): Tensor => clip(div(step, steps), 0, 1);
