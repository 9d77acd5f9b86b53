import { and, cast, gt, maxPool2d, not, stopGradient, type Tensor, uniform, where } from "@clidim/tensor";
import type { MaskedImages } from "./manipulators.js";

export const structAxes = ["horizontal", "vertical"] as const;
/** Along which neighbours of a blind spot are hidden with it: along its row or its column. */
export type StructAxis = (typeof structAxes)[number];

/** In network values of images with mean 0 and standard deviation 1, the range of what stands at hidden neighbours: the package n2v's. In other values it would stand out; see the check of `structAxis`. */
const RANGE = 2;

/**
 * Masked images in which the neighbours of each blind spot along an axis are hidden too, by values of U(-2, 2): structN2V (Broaddus et al. 2020), for noise that is correlated along it. `span`, odd, is the number of pixels hidden together, the spot
 * in their middle; the mask, where the loss looks, stays that of the spots.
 */
export function hideNeighbours(
  { input, mask }: MaskedImages,
  key: Tensor,
  axis: StructAxis,
  span: number,
): MaskedImages {
  if (!Number.isInteger(span) || span < 3 || span % 2 === 0) {
    throw new Error(`hideNeighbours: span must be an odd number of at least 3, got ${span}`);
  }
  const reach = (span - 1) / 2;
  const along = axis === "horizontal";
  const near = maxPool2d(cast(mask, "f32"), {
    kernel: along ? [1, span] : [span, 1],
    stride: 1,
    padding: along ? [0, reach] : [reach, 0],
  });
  const hidden = and(gt(near, 0), not(mask));
  const values = uniform(key, input.shape, { low: -RANGE, high: RANGE });
  return { input: stopGradient(where(hidden, values, input)), mask };
}
