import type { MethodVariables, Sampled } from "@clidim/denoise";
import { flip, lt, split, type Tensor, uniform, where } from "@clidim/tensor";

const [vertical, horizontal] = [1, 2];

/** x [N, H, W, C] mirrored along an axis where the coin says so. */
const mirrored = (x: Tensor, axis: number, coin: Tensor): Tensor => where(coin, flip(x, axis), x);

/**
 * Passes of a network without dropout: the key decides whether the image is mirrored top to bottom and left to right before the pass, and the result is mirrored back. A network that has
 * learnt its images from all sides has four opinions of each, whose scatter shows where it guesses (test-time augmentation, Wang et al. 2019).
 */
export function mirroredAtRandom(apply: (variables: MethodVariables, x: Tensor) => Tensor): Sampled {
  return (variables, x, key) => {
    const [down, across] = split(key, 2).map((half) => lt(uniform(half, []), 0.5)) as [Tensor, Tensor];
    const turned = mirrored(mirrored(x, vertical, down), horizontal, across);
    return mirrored(mirrored(apply(variables, turned), horizontal, across), vertical, down);
  };
}
