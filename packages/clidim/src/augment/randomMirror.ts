import { bernoulli, flip, type Tensor, where } from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/** Each image of x [N,H,W,C] mirrored left to right with probability 1/2. */
export function randomMirror(key: Tensor, x: Tensor): Tensor {
  const { batch } = imageExtents("randomMirror", x);
  return where(bernoulli(key, 0.5, [batch, 1, 1, 1]), flip(x, 2), x);
}
