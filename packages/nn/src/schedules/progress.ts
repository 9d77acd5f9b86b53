import { clip, div, type Tensor } from "@clidim/tensor";

/** The fraction of `steps` that is done, from 0 to 1. */
export function progress(name: string, step: Tensor, steps: number): Tensor {
  if (!(steps > 0)) throw new Error(`${name}: expected a positive number of steps, got ${steps}`);
  return clip(div(step, steps), 0, 1);
}
