import { bernoulli, type Tensor, where } from "@clidim/tensor";
import { gaussianFilter } from "../losses/gaussianFilter.js";

/**
 * The whole batch x [N,H,W,C] smoothed with a Gaussian window (3 x 3, sigma 1.5, mirrored edges) with probability 0.1, or left alone: one
 * decision for all images, as the released code has it.
 */
export const randomBlur = (key: Tensor, x: Tensor): Tensor =>
  where(bernoulli(key, 0.1, [1, 1, 1, 1]), gaussianFilter(x, 3, 1.5), x);
