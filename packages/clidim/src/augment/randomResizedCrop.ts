import {
  abs,
  add,
  and,
  argmax,
  cast,
  div,
  exp,
  floor,
  gt,
  iota,
  lt,
  maximum,
  minimum,
  mul,
  oneHot,
  reshape,
  round,
  split,
  sqrt,
  sub,
  sum,
  type Tensor,
  uniform,
} from "@clidim/tensor";
import { imageExtents } from "./imageExtents.js";
import { resample } from "./resample.js";

export interface ResizedCropOptions {
  /** Smallest and largest part of the image's area. Default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Smallest and largest ratio of the sides, uniform in its logarithm. Default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
}

/** Rectangles within an image in pixels, f32 [N] each, whole numbers. */
export interface Rectangles {
  readonly top: Tensor;
  readonly left: Tensor;
  readonly height: Tensor;
  readonly width: Tensor;
}

/** Rectangles are drawn this many times per image; the first that lies within it counts. */
const trials = 10;

/** One rectangle per image, as `randomResizedCrop` draws them. */
export function drawRectangles(
  key: Tensor,
  { batch, height, width }: { readonly batch: number; readonly height: number; readonly width: number },
  { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] }: ResizedCropOptions = {},
): Rectangles {
  const [areaKey, ratioKey, topKey, leftKey] = split(key, 4);
  const shape = [batch, trials];
  const area = uniform(areaKey, shape, { low: scale[0] * height * width, high: scale[1] * height * width });
  const aspect = exp(uniform(ratioKey, shape, { low: Math.log(ratio[0]), high: Math.log(ratio[1]) }));
  const widths = round(sqrt(mul(area, aspect)));
  const heights = round(sqrt(div(area, aspect)));
  const within = (side: Tensor, extent: number): Tensor => and(gt(side, 0), lt(side, extent));
  const fits = cast(and(within(widths, width), within(heights, height)), "i32");
  const first = oneHot(argmax(fits, 1), trials);
  // Where no trial fits, which hardly happens, a side that is too long is cut.
  const chosen = (sides: Tensor, extent: number): Tensor => minimum(sum(mul(sides, first), 1), extent);
  const place = (coin: Tensor, side: Tensor, extent: number): Tensor => {
    const room = sub(extent, side);
    return minimum(floor(mul(uniform(coin, [batch]), add(room, 1))), room);
  };
  const [cropHeight, cropWidth] = [chosen(heights, height), chosen(widths, width)];
  return {
    top: place(topKey, cropHeight, height),
    left: place(leftKey, cropWidth, width),
    height: cropHeight,
    width: cropWidth,
  };
}

/** [N, extent, extent] that reads pixel i of the result at start + i (side - 1) / (extent - 1), linearly interpolated. */
function interpolation(start: Tensor, side: Tensor, extent: number): Tensor {
  const column = (x: Tensor): Tensor => reshape(x, [-1, 1, 1]);
  const step = div(sub(side, 1), extent - 1);
  const position = add(column(start), mul(iota([1, extent, 1], 1, "f32"), column(step)));
  return maximum(sub(1, abs(sub(position, iota([1, 1, extent], 2, "f32")))), 0);
}

/**
 * Each image of x [N,H,W,C] replaced by a random rectangle of it, enlarged to the image's extents by bilinear interpolation with the corners
 * aligned: kornia 0.5's RandomResizedCrop in its "slice" mode. It smooths noise and correlates it.
 */
export function randomResizedCrop(key: Tensor, x: Tensor, options: ResizedCropOptions = {}): Tensor {
  const extents = imageExtents("randomResizedCrop", x);
  const { top, left, height, width } = drawRectangles(key, extents, options);
  return resample(x, interpolation(top, height, extents.height), interpolation(left, width, extents.width));
}
