import type { Plane } from "../image/image.js";
import type { Affine } from "../image/normalization.js";
import { checkSameSize } from "./range.js";

/** The `scale` and `offset` that minimise the squared distance of `scale * prediction + offset` to the clean page; scale 0 for a constant one. */
export function affineFit(prediction: Plane, clean: Plane): Affine {
  checkSameSize("affineFit", prediction, clean);
  const { data: x } = prediction;
  const { data: y } = clean;
  const count = y.length;
  let mx = 0;
  let my = 0;
  for (let i = 0; i < count; i++) {
    mx += x[i]! / count;
    my += y[i]! / count;
  }
  let xx = 0;
  let xy = 0;
  for (let i = 0; i < count; i++) {
    xx += (x[i]! - mx) ** 2;
    xy += (x[i]! - mx) * (y[i]! - my);
  }
  const scale = xx > 0 ? xy / xx : 0;
  return { scale, offset: my - scale * mx };
}
