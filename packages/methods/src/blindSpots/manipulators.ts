import {
  add,
  and,
  cast,
  clip,
  div,
  eq,
  expandDims,
  formatShape,
  iota,
  le,
  lt,
  max,
  maximum,
  minimum,
  mul,
  ne,
  normal,
  not,
  randomBits,
  rem,
  reshape,
  round,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  take,
  where,
} from "@clidim/tensor";
import { type BlindSpots, maskOf, spread } from "./blindSpots.js";

export const manipulatorNames = [
  "uniform_withCP",
  "uniform_withoutCP",
  "normal_withoutCP",
  "mean",
  "median",
  "normal_fitted",
  "normal_additive",
  "identity",
] as const;

/**
 * What stands at a blind spot, by its name in the package n2v. The window has 2 radius + 1 pixels a side and ends where the image does.
 * - uniform_withCP, uniform_withoutCP: a pixel of the window, each as probable as the others, the spot itself (the centre pixel) among them or not.
 * - normal_withoutCP: a pixel as far away as round(N(0, 4^2)) says in either direction, at most at the border, but not the spot itself. (The package means
 *   to reject that too, but compares a list with a tuple, so that it never does.)
 * - mean, median: of the window without the spot.
 * - normal_fitted: N(m, s^2) with mean and population standard deviation of the window, the spot included.
 * - normal_additive: the spot's value plus N(0, radius^2), as the package has no other number for it.
 * - identity: the spot's value, which leaves nothing to learn: a control.
 */
export type Manipulator = (typeof manipulatorNames)[number];

/** Of normal_withoutCP, in pixels. */
const normalSigma = 4;
/**
 * Draws of normal_withoutCP, of which the first counts that is not the spot. All are it with a probability of at most 0.3^16 = 4e-9, in a corner; a neighbour takes their place then.
 */
const normalDraws = 16;
/** Above every grey value. */
const highest = 3.4e38;

/** The pixels at rows and columns, i32 [N, ...] each, of images [N, H, W, 1]. */
function pixelsAt(images: Tensor, rows: Tensor, columns: Tensor): Tensor {
  const [, height, width] = images.shape as readonly [number, number, number, number]; // as `drawBlindSpots` has checked
  const image = iota(rows.shape, 0);
  return take(reshape(images, [-1]), add(mul(add(mul(image, height), rows), width), columns), 0);
}

/** The windows around the spots, [N, R, C, (2 radius + 1)^2] each. */
interface Windows {
  readonly values: Tensor;
  /** Which of them lie inside the image. */
  readonly inside: Tensor;
  /** Those but the spot itself. */
  readonly others: Tensor;
}

function windowsAround(images: Tensor, { rows, columns }: BlindSpots, radius: number): Windows {
  const [, height, width] = images.shape as readonly [number, number, number, number];
  const side = 2 * radius + 1;
  const offsets = iota([side * side], 0);
  const y = add(expandDims(rows, -1), sub(div(offsets, side), radius));
  const x = add(expandDims(columns, -1), sub(rem(offsets, side), radius));
  const [nearestY, nearestX] = [clip(y, 0, height - 1), clip(x, 0, width - 1)];
  const inside = and(eq(y, nearestY), eq(x, nearestX));
  return {
    values: pixelsAt(images, nearestY, nearestX),
    inside,
    others: and(inside, ne(offsets, (side * side - 1) / 2)),
  };
}

const countOf = (members: Tensor): Tensor => sum(cast(members, "f32"), -1);

/** The mean of the members among `values`, along the last axis. */
const meanOf = (values: Tensor, members: Tensor): Tensor =>
  div(sum(where(members, values, 0), -1), countOf(members));

/** The median of the members among `values`, along the last axis: of an even number, the mean of the two in the middle. */
function medianOf(values: Tensor, members: Tensor): Tensor {
  const last = where(members, values, highest); // behind all members
  // The value of rank k is the largest with at most k smaller ones.
  const below = sum(cast(lt(expandDims(last, -2), expandDims(last, -1)), "i32"), -1);
  const count = expandDims(sum(cast(members, "i32"), -1), -1);
  const ofRank = (rank: Tensor): Tensor => max(where(le(below, rank), last, -highest), -1);
  return mul(add(ofRank(div(sub(count, 1), 2)), ofRank(div(count, 2))), 0.5);
}

/** A pixel of the window with the same probability for each, or for each but the spot. */
function uniformNeighbour(
  key: Tensor,
  images: Tensor,
  { rows, columns }: BlindSpots,
  radius: number,
  withCentre: boolean,
): Tensor {
  const [, height, width] = images.shape as readonly [number, number, number, number];
  const range = (centre: Tensor, extent: number): { first: Tensor; count: Tensor } => {
    const first = maximum(sub(centre, radius), 0);
    return { first, count: add(sub(minimum(add(centre, radius), extent - 1), first), 1) };
  };
  // Spots outside of the image stand for nothing, but must have a window.
  const [row, column] = [minimum(rows, height - 1), minimum(columns, width - 1)];
  const [vertical, horizontal] = [range(row, height), range(column, width)];
  const count = mul(vertical.count, horizontal.count);
  const choices = withCentre ? count : sub(count, 1);
  // Off the fair share of a choice by less than its number times 2^-32.
  const choice = cast(rem(randomBits(key, rows.shape), cast(choices, "u32")), "i32");
  const centre = add(mul(sub(row, vertical.first), horizontal.count), sub(column, horizontal.first));
  const place = withCentre ? choice : where(lt(choice, centre), choice, add(choice, 1));
  return pixelsAt(
    images,
    add(vertical.first, div(place, horizontal.count)),
    add(horizontal.first, rem(place, horizontal.count)),
  );
}

/** A pixel at a normal distance, but not the spot. */
function normalNeighbour(key: Tensor, images: Tensor, { rows, columns }: BlindSpots): Tensor {
  const [, height, width] = images.shape as readonly [number, number, number, number];
  const distances = cast(round(mul(normal(key, [2, normalDraws, ...rows.shape]), normalSigma)), "i32");
  const nth = (axis: number, draw: number): Tensor =>
    reshape(slice(distances, [axis, draw, 0, 0, 0], [axis + 1, draw + 1, ...rows.shape]), rows.shape);
  // A neighbour that is there, should all draws be the spot.
  let place: { row: Tensor; column: Tensor } = neighbourOf(rows, columns, height, width);
  for (let draw = normalDraws - 1; draw >= 0; draw--) {
    const row = clip(add(rows, nth(0, draw)), 0, height - 1);
    const column = clip(add(columns, nth(1, draw)), 0, width - 1);
    const elsewhere = not(and(eq(row, rows), eq(column, columns)));
    place = { row: where(elsewhere, row, place.row), column: where(elsewhere, column, place.column) };
  }
  return pixelsAt(images, place.row, place.column);
}

/** The pixel to the left, or on the other side where there is none; above or below where the image is one pixel wide. */
function neighbourOf(
  rows: Tensor,
  columns: Tensor,
  height: number,
  width: number,
): { row: Tensor; column: Tensor } {
  const beside = (centre: Tensor, extent: number): Tensor =>
    where(eq(centre, 0), Math.min(1, extent - 1), sub(centre, 1));
  return width > 1
    ? { row: minimum(rows, height - 1), column: minimum(beside(columns, width), width - 1) }
    : { row: minimum(beside(rows, height), height - 1), column: minimum(columns, width - 1) };
}

/** What stands at the spots, f32 [N, R, C]. */
export function replacementsAt(
  manipulator: Manipulator,
  key: Tensor,
  images: Tensor,
  spots: BlindSpots,
  radius: number,
): Tensor {
  const own = (): Tensor => {
    const [, height, width] = images.shape as readonly [number, number, number, number];
    return pixelsAt(images, minimum(spots.rows, height - 1), minimum(spots.columns, width - 1));
  };
  switch (manipulator) {
    case "uniform_withCP":
    case "uniform_withoutCP":
      return uniformNeighbour(key, images, spots, radius, manipulator === "uniform_withCP");
    case "normal_withoutCP":
      return normalNeighbour(key, images, spots);
    case "mean": {
      const { values, others } = windowsAround(images, spots, radius);
      return meanOf(values, others);
    }
    case "median": {
      const { values, others } = windowsAround(images, spots, radius);
      return medianOf(values, others);
    }
    case "normal_fitted": {
      const { values, inside } = windowsAround(images, spots, radius);
      const centre = meanOf(values, inside);
      const variance = meanOf(square(sub(values, expandDims(centre, -1))), inside);
      return add(centre, mul(sqrt(variance), normal(key, centre.shape)));
    }
    case "normal_additive":
      return add(own(), mul(normal(key, spots.rows.shape), radius));
    case "identity":
      return own();
    default:
      return manipulator satisfies never;
  }
}

/** Images as the network sees them in training, and where they have blind spots: f32 and bool [N, H, W, 1]. */
export interface MaskedImages {
  readonly input: Tensor;
  readonly mask: Tensor;
}

/** The images with their blind spots replaced; a constant for gradients. `radius`, of at least 1, is that of the windows. */
export function maskImages(
  manipulator: Manipulator,
  key: Tensor,
  images: Tensor,
  spots: BlindSpots,
  radius: number,
): MaskedImages {
  if (!Number.isInteger(radius) || radius < 1) {
    throw new Error(`maskImages: radius must be a whole number of at least 1, got ${radius}`);
  }
  if (formatShape(images.shape) !== formatShape(spots.shape) || images.shape[1]! * images.shape[2]! < 2) {
    throw new Error(
      `maskImages: expected images of the shape that the spots were drawn for, ${formatShape(spots.shape)}, and two pixels at least, ` +
        `got ${formatShape(images.shape)}`,
    );
  }
  const mask = maskOf(spots);
  const replaced = spread(spots, replacementsAt(manipulator, key, images, spots, radius));
  return { input: stopGradient(where(mask, replaced, images)), mask };
}
