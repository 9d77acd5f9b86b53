import { add, exp, mul, split, type Tensor, uniform } from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";

/** Largest change of brightness, either way, as a factor. */
const gain = 1.25;
/** Largest change of the black level, either way, of a range of 2. */
const offset = 0.1;

/**
 * Each image of x [N,H,W,C] in network values as under another exposure: g (x + 1) - 1 + b with a gain g in [0.8, 1.25], uniform
 * in its logarithm, and an offset b in [-0.1, 0.1], the same for all channels of an image. What stays is -1: black of a minmax normalisation, a little below the darkest values of percentiles that go to -0.8. Of a standard one, which has no black level,
 * it is a standard deviation below the mean: the contrast changes there, and all results of the contrastive term with it (docs/results.md) are of such views.
 */
export function randomExposure(key: Tensor, x: Tensor): Tensor {
  const { batch } = imageExtents("randomExposure", x);
  const [gainKey, offsetKey] = split(key);
  const draw = (coin: Tensor, most: number): Tensor =>
    uniform(coin, [batch, 1, 1, 1], { low: -most, high: most });
  const g = exp(draw(gainKey, Math.log(gain)));
  return add(add(mul(add(x, 1), g), -1), draw(offsetKey, offset));
}
