import type { Tensor } from "../tensor.js";
import { add, floor, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { ge, gt, le, lt } from "./comparison.js";
import { stack } from "./concat.js";
import { and } from "./logic.js";
import { where } from "./where.js";

/** The neighbours of coordinates along one axis of an image, [N, places, taps]: where they are, and what share each has. */
export interface CoordinateTaps {
  /** i32 within the image. */
  readonly index: Tensor;
  /** Whether there is such a pixel: what stands for one outside is not looked at, as it may be NaN. */
  readonly inside: Tensor;
  /** 0 outside. */
  readonly weight: Tensor;
}

/** The pixels at whole numbers `pixel`, of which some are outside, and their shares. Nothing is at NaN. */
export function coordinateTaps(pixel: Tensor, share: Tensor, extent: number): CoordinateTaps {
  const inside = and(ge(pixel, 0), le(pixel, extent - 1));
  return { index: cast(where(inside, pixel, 0), "i32"), inside, weight: where(inside, share, 0) };
}

/** The two pixels around a coordinate, low and high along the last axis. */
export function linearTaps(coordinate: Tensor, extent: number): CoordinateTaps {
  const low = floor(coordinate);
  const fraction = sub(coordinate, low);
  return coordinateTaps(stack([low, add(low, 1)], -1), stack([sub(1, fraction), fraction], -1), extent);
}

/** The nearest coordinate from the first pixel to the last; of NaN that of the first. Its gradient is 0 on the edge and beyond. */
export const nearestOnImage = (coordinate: Tensor, extent: number): Tensor =>
  where(gt(coordinate, 0), where(lt(coordinate, extent - 1), coordinate, extent - 1), 0);
