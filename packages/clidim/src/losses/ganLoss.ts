import { binaryCrossEntropyWithLogits } from "@clidim/nn";
import { mean, neg, square, sub, type Tensor } from "@clidim/tensor";

export const ganLossNames = ["vanilla", "lsgan", "wgangp"] as const;

/** How a map of logits z is judged: by cross-entropy, by squares (Mao et al. 2017), or as it is (Arjovsky et al. 2017). */
export type GanLoss = (typeof ganLossNames)[number];

/** The adversarial loss of each logit, in the shape of `logits`; its mean is `ganLoss`. */
export function ganLosses(logits: Tensor, real: boolean, mode: GanLoss = "vanilla"): Tensor {
  switch (mode) {
    case "vanilla":
      return binaryCrossEntropyWithLogits(logits, real ? 1 : 0, { reduction: "none" });
    case "lsgan":
      return square(real ? sub(logits, 1) : logits);
    case "wgangp":
      return real ? neg(logits) : logits;
    default:
      return mode satisfies never;
  }
}

/**
 * The adversarial loss of pix2pix, the mean over the logit map z for images that should be taken for `real` or not:
 *
 *     vanilla   log(1 + exp(-z))   or  log(1 + exp(z)), without overflow
 *     lsgan     (z - 1)^2          or  z^2
 *     wgangp    -z                 or  z, to be used with `gradientPenalty`
 */
export const ganLoss = (logits: Tensor, real: boolean, mode: GanLoss = "vanilla"): Tensor =>
  mean(ganLosses(logits, real, mode));
