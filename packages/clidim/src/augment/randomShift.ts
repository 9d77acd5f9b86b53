import { abs, add, cast, eq, iota, randomInteger, reshape, split, sub, type Tensor } from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";
import { resample } from "./resample.js";

export interface ShiftOptions {
  /** Largest shift as a part of the extent, rounded to whole pixels. Default 1/8. */
  readonly ratio?: number;
  /** What moves in at the border: zeros, or the image's mirror image. */
  readonly border: "zero" | "reflect";
}

/** [N, extent, extent] that reads element i of the result at i + shift. */
function selection(
  key: Tensor,
  batch: number,
  extent: number,
  { ratio = 1 / 8, border }: ShiftOptions,
): Tensor {
  const most = Math.floor(extent * ratio + 0.5);
  const shift = reshape(randomInteger(key, -most, most + 1, [batch]), [batch, 1, 1]);
  const source = add(iota([1, extent, 1], 1), shift);
  const last = extent - 1;
  const inside = border === "reflect" ? sub(last, abs(sub(last, abs(source)))) : source;
  return cast(eq(inside, iota([1, 1, extent], 2)), "f32");
}

/**
 * Each image of x [N,H,W,C] shifted by whole pixels, both ways up to `ratio` of the extent, every shift equally likely. Pixels keep their
 * values; nothing is interpolated.
 */
export function randomShift(key: Tensor, x: Tensor, options: ShiftOptions): Tensor {
  const { batch, height, width } = imageExtents("randomShift", x);
  const [vertical, horizontal] = split(key);
  return resample(
    x,
    selection(vertical, batch, height, options),
    selection(horizontal, batch, width, options),
  );
}
