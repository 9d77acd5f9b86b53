import { abs, add, formatShape, mul, sizeOf, slice, sub, sum, type Tensor } from "@clidim/tensor";

export interface TotalVariationOptions {
  /** "sum" over an image, or its "mean": the sum divided by the image's elements. Either way the mean over the batch. */
  readonly reduction?: "sum" | "mean";
}

/**
 * Anisotropic total variation of x [N,H,W,C]: sum over i, j of |x[i+1,j] - x[i,j]| + |x[i,j+1] - x[i,j]| (Rudin, Osher, Fatemi 1992, in
 * the form of kornia up to 0.6.1), then the mean over the batch. The derivative of |d| at 0 is 0.
 */
export function totalVariation(x: Tensor, { reduction = "sum" }: TotalVariationOptions = {}): Tensor {
  const [batch = 0, height = 0, width = 0] = x.shape;
  if (x.shape.length !== 4 || height < 2 || width < 2) {
    throw new Error(
      `totalVariation: expected x of shape [N,H,W,C] with H and W above 1, got ${formatShape(x.shape)}`,
    );
  }
  const variation = (axis: 1 | 2): Tensor => {
    const [first, end] = [[0, 0, 0].with(axis, 1), x.shape.slice(0, 3)];
    const last = end.with(axis, x.shape[axis]! - 1);
    return sum(abs(sub(slice(x, first, end), slice(x, [0, 0, 0], last))));
  };
  const images = reduction === "sum" ? batch : sizeOf(x.shape);
  return mul(add(variation(1), variation(2)), 1 / images);
}
