import { add, foldIn, mean, mul, sub, type Tensor, uniform } from "@clidim/tensor";
import { cutout } from "./cutout.js";
import { imageExtents } from "./imageExtents.js";
import { randomShift } from "./randomShift.js";

export const diffAugmentPolicies = ["brightness", "saturation", "contrast", "translation", "cutout"] as const;

/** A part of DiffAugment; its "color" is the first three. */
export type DiffAugmentPolicy = (typeof diffAugmentPolicies)[number];

function applyPolicy(policy: DiffAugmentPolicy, key: Tensor, x: Tensor): Tensor {
  const { batch } = imageExtents("diffAugment", x);
  const draw = (low: number, high: number): Tensor => uniform(key, [batch, 1, 1, 1], { low, high });
  const around = (centre: Tensor, factor: Tensor): Tensor => add(mul(sub(x, centre), factor), centre);
  switch (policy) {
    case "brightness":
      return add(x, draw(-0.5, 0.5));
    case "saturation":
      return around(mean(x, 3, { keepDims: true }), draw(0, 2));
    case "contrast":
      return around(mean(x, [1, 2, 3], { keepDims: true }), draw(0.5, 1.5));
    case "translation":
      return randomShift(key, x, { border: "zero" });
    case "cutout":
      return cutout(key, x);
    default:
      return policy satisfies never;
  }
}

/**
 * Differentiable augmentation of what a discriminator sees (Zhao et al. 2020), each policy in turn, drawn anew for each image of x [N,H,W,C]:
 * brightness x + U(-0.5, 0.5); saturation: distances from the mean over channels times U(0, 2); contrast: distances from the mean over the
 * image times U(0.5, 1.5); translation by whole pixels up to 1/8 of the extent, zeros moving in; cutout of half the extents.
 * Linear in x. Where the channels are a noisy image and a clean one, saturation mixes them.
 */
export const diffAugment = (policies: readonly DiffAugmentPolicy[], key: Tensor, x: Tensor): Tensor =>
  policies.reduce((image, policy, position) => applyPolicy(policy, foldIn(key, position), image), x);
