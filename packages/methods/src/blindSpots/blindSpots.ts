import {
  add,
  and,
  broadcastTo,
  eq,
  formatShape,
  iota,
  mul,
  randomInteger,
  reshape,
  type Shape,
  slice,
  split,
  type Tensor,
} from "@clidim/tensor";

/** One pixel in each box of a grid over images [N, H, W, 1]. Boxes at the lower and right border may have theirs outside. */
export interface BlindSpots {
  /** Of the images. */
  readonly shape: Shape;
  /** Side of the boxes, in pixels. */
  readonly box: number;
  /** Rows of the pixels, i32 [N, ceil(H / box), ceil(W / box)]. */
  readonly rows: Tensor;
  /** Their columns, likewise. */
  readonly columns: Tensor;
}

/** The side of boxes of which one pixel is `percent` % of the area, rounded: round(sqrt(100 / percent)). */
export const boxOf = (percent: number): number => Math.round(Math.sqrt(100 / percent));

/** Stratified sampling, as the package n2v does it: one pixel in each box, anywhere in it with the same probability. */
export function drawBlindSpots(key: Tensor, shape: Shape, box: number): BlindSpots {
  const [images, height, width, channels] = shape;
  if (shape.length !== 4 || channels !== 1) {
    throw new Error(`drawBlindSpots: expected images of shape [N,H,W,1], got ${formatShape(shape)}`);
  }
  if (!Number.isInteger(box) || box < 1) {
    throw new Error(`drawBlindSpots: box must be a whole number of at least 1, got ${box}`);
  }
  const grid = [images!, Math.ceil(height! / box), Math.ceil(width! / box)]; // of four extents, as checked
  const [vertical, horizontal] = split(key);
  const along = (axis: 1 | 2, draws: Tensor): Tensor =>
    add(randomInteger(draws, 0, box, grid), mul(iota(grid, axis), box));
  return { shape, box, rows: along(1, vertical), columns: along(2, horizontal) };
}

/** Each box's value at all its pixels: [N, ceil(H / box), ceil(W / box)] -> [N, H, W, 1]. */
export function spread({ shape, box }: BlindSpots, values: Tensor): Tensor {
  const [images, height, width] = shape as readonly [number, number, number, number]; // as `drawBlindSpots` has checked
  const [, down, across] = values.shape as readonly [number, number, number];
  const boxes = broadcastTo(reshape(values, [images, down, 1, across, 1]), [images, down, box, across, box]);
  const whole = reshape(boxes, [images, down * box, across * box, 1]);
  return slice(whole, [0, 0, 0, 0], [images, height, width, 1]);
}

/** Where the blind spots are: bool, of the shape of the images. Spots outside are nowhere. */
export const maskOf = (spots: BlindSpots): Tensor =>
  and(
    eq(spread(spots, spots.rows), iota(spots.shape, 1)),
    eq(spread(spots, spots.columns), iota(spots.shape, 2)),
  );
