import {
  and,
  broadcastTo,
  conv2d,
  div,
  eq,
  formatShape,
  iota,
  pad,
  randomInteger,
  rem,
  type Shape,
  stopGradient,
  type Tensor,
  tensor,
  where,
} from "@clidim/tensor";

export const replacementNames = ["interpolate", "zero"] as const;
/** What stands at the pixels of a set J: the mean of the eight around each, those beside it with twice the weight of those at its corners; or 0, the mean of images in standard units. */
export type Replacement = (typeof replacementNames)[number];

/** Which of the stride^2 sets of a grid: i32 of a shape that broadcasts to the images'. */
export type Phase = Tensor;

/** For each of N images a set of the grid, each as probable as the others. */
export const drawPhases = (key: Tensor, images: number, stride: number): Phase =>
  randomInteger(key, 0, stride ** 2, [images, 1, 1, 1]);

/** Where the pixels of a set lie: one in each square of stride x stride pixels, at the same place of each; bool, of the images' shape. */
export function gridMask(shape: Shape, stride: number, phase: Phase): Tensor {
  if (!Number.isInteger(stride) || stride < 2) {
    throw new Error(`gridMask: stride must be a whole number of at least 2, got ${stride}`);
  }
  const place = (axis: 1 | 2): Tensor => rem(iota(shape, axis), stride);
  return and(
    eq(place(1), broadcastTo(div(phase, stride), shape)),
    eq(place(2), broadcastTo(rem(phase, stride), shape)),
  );
}

const border = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
] as const;
const ring = [0.5, 1, 0.5, 1, 0, 1, 0.5, 1, 0.5].map((weight) => weight / 6);

/** For each pixel of images [N,H,W,1], at least two pixels high and wide, the mean of those around it, mirrored at the border; not of the pixel itself. */
export function ringMean(images: Tensor): Tensor {
  if (images.shape.length !== 4 || images.shape[3] !== 1) {
    throw new Error(`ringMean: expected images of shape [N,H,W,1], got ${formatShape(images.shape)}`);
  }
  const weights = tensor(ring, { shape: [3, 3, 1, 1], dtype: "f32" });
  return conv2d(pad(images, border, "reflect"), weights);
}

/** The images without what they have at the pixels of a mask; a constant for gradients. */
export function withoutMasked(images: Tensor, mask: Tensor, replacement: Replacement): Tensor {
  switch (replacement) {
    case "interpolate":
      return stopGradient(where(mask, ringMean(images), images));
    case "zero":
      return stopGradient(where(mask, 0, images));
    default:
      return replacement satisfies never;
  }
}
