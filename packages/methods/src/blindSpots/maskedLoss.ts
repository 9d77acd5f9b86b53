import { abs, cast, div, formatShape, maximum, mul, square, sub, sum, type Tensor } from "@clidim/tensor";
import type { LossName } from "../losses/pixelLoss.js";

const differenceOf = { mae: abs, mse: square } as const satisfies Record<LossName, (x: Tensor) => Tensor>;

/**
 * The mean over the blind spots alone: sum(mask d(output - image)) / sum(mask), d being |x| or x^2; 0 where the mask (bool) is empty. All three have the same shape. The image is a constant: its
 * gradient is that of the formula, and 0 where the mask is false.
 */
export function maskedLoss(name: LossName, output: Tensor, image: Tensor, mask: Tensor): Tensor {
  const shapes = [output, image, mask].map(({ shape }) => formatShape(shape));
  if (new Set(shapes).size > 1) {
    throw new Error(`maskedLoss: expected output, image and mask of one shape, got ${shapes.join(", ")}`);
  }
  const weights = cast(mask, "f32");
  const total = sum(mul(differenceOf[name](sub(output, image)), weights));
  return div(total, maximum(sum(weights), 1));
}
