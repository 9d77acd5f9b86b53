import { bernoulli, flip, formatShape, split, type Tensor, transpose, where } from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/** Each square image of x [N,S,S,C] in one of its eight orientations (quarter turns and mirror images), all equally likely. */
export function randomOrientation(key: Tensor, x: Tensor): Tensor {
  const { batch, height, width } = imageExtents("randomOrientation", x);
  if (height !== width) {
    throw new Error(`randomOrientation: expected square images, got x ${formatShape(x.shape)}`);
  }
  const [vertical, horizontal, diagonal] = split(key, 3);
  const sometimes = (coin: Tensor, changed: Tensor, image: Tensor): Tensor =>
    where(bernoulli(coin, 0.5, [batch, 1, 1, 1]), changed, image);
  const upright = sometimes(vertical, flip(x, 1), x);
  const mirrored = sometimes(horizontal, flip(upright, 2), upright);
  return sometimes(diagonal, transpose(mirrored, [0, 2, 1, 3]), mirrored);
}
