import {
  add,
  cast,
  eq,
  formatShape,
  iota,
  maximum,
  mul,
  normal,
  reshape,
  slice,
  split,
  sqrt,
  type Tensor,
  uniform,
} from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/**
 * Each image of x [N,H,W,C] with more noise in its first channel, of the kind that it has: Gaussian of variance u max(0, gain x + offset) in every pixel, with `noise` f32 [N,2] the
 * gain and the offset of each image's Poisson-Gaussian noise in the units of x, and u uniform in [0, 1] per image, so that the noise grows by a factor of up to sqrt(2).
 * The noisy values stand for the expected ones, which is right on average. Other channels stay as they are.
 */
export function randomNoise(key: Tensor, x: Tensor, noise: Tensor): Tensor {
  const { batch, height, width, channels } = imageExtents("randomNoise", x);
  if (formatShape(noise.shape) !== `[${batch},2]`) {
    throw new Error(
      `randomNoise: expected noise [${batch},2], gain and offset for each image, got ${formatShape(noise.shape)} for x ${formatShape(x.shape)}`,
    );
  }
  const [amountKey, noiseKey] = split(key);
  const column = (i: number): Tensor => reshape(slice(noise, [0, i], [batch, i + 1]), [batch, 1, 1, 1]);
  const first = slice(x, [0, 0, 0, 0], [batch, height, width, 1]);
  const variance = maximum(add(mul(first, column(0)), column(1)), 0);
  const amount = uniform(amountKey, [batch, 1, 1, 1]);
  const added = mul(sqrt(mul(variance, amount)), normal(noiseKey, [batch, height, width, 1]));
  const inFirst = cast(eq(iota([1, 1, 1, channels], 3), 0), "f32");
  return add(x, mul(added, inFirst));
}
