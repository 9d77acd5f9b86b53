import { pad, reshape, sum, type Tensor, where } from "@clidim/tensor";
import { type BlindSpots, maskOf } from "./blindSpots.js";

/**
 * The values of images [N, H, W, C] at the blind spots: [N, ceil(H / box), ceil(W / box), C]; 0 of boxes whose spot is outside. Each box is summed up with all but its spot set to 0, so that the gradient goes back without
 * scattered writes.
 */
export function atSpots(spots: BlindSpots, images: Tensor): Tensor {
  const [count, height, width, channels] = images.shape as readonly [number, number, number, number]; // as spots have it
  const { box } = spots;
  const [down, across] = [Math.ceil(height / box), Math.ceil(width / box)];
  const alone = where(maskOf(spots), images, 0);
  const whole = pad(alone, [
    [0, 0],
    [0, down * box - height],
    [0, across * box - width],
    [0, 0],
  ]);
  return sum(reshape(whole, [count, down, box, across, box, channels]), [2, 4]);
}
