import type { MethodVariables, Sampled } from "@clidim/denoise";
import { eq, flip, ge, permutation, rem, reshape, type Tensor, take, where } from "@clidim/tensor";

const [vertical, horizontal] = [1, 2];

/** An image as it is, mirrored along either axis or along both. */
const STATES = 4;

/** x [N, H, W, C] mirrored along an axis where the coin says so. */
const mirrored = (x: Tensor, axis: number, coin: Tensor): Tensor => where(coin, flip(x, axis), x);

/**
 * Passes of a network without dropout: the image is mirrored top to bottom and left to right, or not, before the pass, and the result is mirrored back. A network that has
 * learnt its images from all sides has four opinions of each, whose scatter shows where it guesses (test-time augmentation, Wang et al. 2019). Which comes in which pass is drawn for a page, all four before the first is
 * there again: two passes that were the same would have no scatter anywhere.
 */
export function mirroredAtRandom(apply: (variables: MethodVariables, x: Tensor) => Tensor): Sampled {
  return (variables, x, _key, { number, ofPage }) => {
    const place = reshape(rem(number, STATES), [1]);
    const state = reshape(take(permutation(ofPage, STATES), place, 0), []);
    const [down, across] = [ge(state, 2), eq(rem(state, 2), 1)];
    const turned = mirrored(mirrored(x, vertical, down), horizontal, across);
    return mirrored(mirrored(apply(variables, turned), horizontal, across), vertical, down);
  };
}
