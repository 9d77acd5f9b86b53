import { avgPool2d, maxPool2d, pad, type Tensor } from "@clidim/tensor";

const border = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
] as const;

/**
 * Max-pooling without aliasing (Zhang 2019), [N, H, W, C] -> [N, H/2, W/2, C], H and W even: the largest value of each 2 x 2 window at stride 1, and over these, their
 * border repeated once, [1 2 1] x [1 2 1] / 16 at stride 2. [1 2 1] / 4 is the mean of two after the mean of two.
 */
export function maxBlurPool(x: Tensor): Tensor {
  const largest = pad(maxPool2d(x, { kernel: 2, stride: 1 }), border, "edge");
  return avgPool2d(avgPool2d(largest, { kernel: 2, stride: 1 }), { kernel: 2 });
}
