import { l1, mse } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";

export const lossNames = ["mae", "mse"] as const;
/** The mean over pixels of |output - target| or of its square. */
export type LossName = (typeof lossNames)[number];

const losses = { mae: l1, mse } as const satisfies Record<
  LossName,
  (output: Tensor, target: Tensor) => Tensor
>;

/** The mean over the pixels of two images of one shape of d(output - target), d being |x| or x^2. */
export const pixelLoss = (name: LossName, output: Tensor, target: Tensor): Tensor =>
  losses[name](output, target);
