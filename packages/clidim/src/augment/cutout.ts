import {
  add,
  and,
  ge,
  iota,
  lt,
  mul,
  randomInteger,
  reshape,
  split,
  type Tensor,
  where,
} from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/**
 * Each image of x [N,H,W,C] with one rectangle of `ratio` H x `ratio` W pixels set to 0, in all channels; its centre lies anywhere in the
 * image, so that part of it may lie outside (DeVries and Taylor 2017; DiffAugment uses ratio 1/2).
 */
export function cutout(key: Tensor, x: Tensor, ratio = 0.5): Tensor {
  const { batch, height, width } = imageExtents("cutout", x);
  const [vertical, horizontal] = split(key);
  const inside = (coin: Tensor, extent: number, axis: 1 | 2): Tensor => {
    const side = Math.floor(extent * ratio + 0.5);
    const centre = randomInteger(coin, 0, extent + 1 - (side % 2), [batch]);
    const start = add(reshape(centre, [batch, 1, 1, 1]), -Math.floor(side / 2));
    const position = iota([1, 1, 1, 1].with(axis, extent), axis);
    return and(ge(position, start), lt(position, add(start, side)));
  };
  return where(and(inside(vertical, height, 1), inside(horizontal, width, 2)), mul(x, 0), x);
}
