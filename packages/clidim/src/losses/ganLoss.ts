import { binaryCrossEntropyWithLogits } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";

/**
 * The adversarial loss of pix2pix's "vanilla" mode: the mean over the logit map z of log(1 + exp(-z)) for images that should be taken for
 * `real`, of log(1 + exp(z)) for others. Does not overflow.
 */
export const ganLoss = (logits: Tensor, real: boolean): Tensor =>
  binaryCrossEntropyWithLogits(logits, real ? 1 : 0);
