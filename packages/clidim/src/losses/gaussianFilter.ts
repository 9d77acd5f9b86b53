import { add, formatShape, mul, pad, slice, type Tensor } from "@clidim/tensor";
import { gaussianWindow } from "./gaussianWindow.js";

/**
 * x [N,H,W,C] smoothed with a separable Gaussian window of `size` x `size` pixels (odd). Border "reflect": the image is mirrored at its edges
 * without repeating them, and the extents stay; H and W must be larger than half the window. "none": only where the window lies
 * within the image, size - 1 pixels fewer each way.
 */
export function gaussianFilter(
  x: Tensor,
  size: number,
  sigma: number,
  border: "reflect" | "none" = "reflect",
): Tensor {
  const half = (size - 1) / 2;
  const reach = border === "reflect" ? half : size - 1;
  const [, height = 0, width = 0] = x.shape;
  if (x.shape.length !== 4 || !Number.isInteger(half) || height <= reach || width <= reach) {
    throw new Error(
      `gaussianFilter: expected an odd window and x of shape [N,H,W,C] with H and W above ${border === "reflect" ? "half of it" : "it less one"}, ` +
        `got ${size} and ${formatShape(x.shape)}`,
    );
  }
  const weights = gaussianWindow(size, sigma);
  if (border === "none") {
    return alongAxis(alongAxis(x, 1, height - reach, weights), 2, width - reach, weights);
  }
  const padded = pad(
    x,
    [
      [0, 0],
      [half, half],
      [half, half],
      [0, 0],
    ],
    "reflect",
  );
  return alongAxis(alongAxis(padded, 1, height, weights), 2, width, weights);
}

/**
 * Sum over i of weights[i] x[... + i ...], `extent` elements of it. The weight comes before the shift, so that its gradient is
 * shifted copies of one value, which is then computed once and kept.
 */
function alongAxis(x: Tensor, axis: number, extent: number, weights: readonly number[]): Tensor {
  const none = x.shape.map(() => 0);
  const shifted = weights.map((weight, i) =>
    slice(mul(x, weight), none.with(axis, i), x.shape.with(axis, i + extent)),
  );
  return shifted.reduce((sum, term) => add(sum, term));
}
