import { abs, cast, div, max, maximum, sqrt, square, stopGradient, sum, type Tensor } from "@clidim/tensor";

/**
 * Vectors x [..., D] over their norms, f32, of any length that x has: what is squared is x over its largest magnitude s. `limit` joins |x / s|^2 with (least / s)^2, so that the divisor is
 * max(|x|, least) or sqrt(|x|^2 + least^2). Neither result nor gradient depends on s, which is no less than `least`.
 */
export function unitVectors(
  x: Tensor,
  least: number,
  limit: (squares: Tensor, least: Tensor) => Tensor,
): Tensor {
  const wide = cast(x, "f32");
  // Vectors of nothing have no largest magnitude.
  if (x.shape.at(-1) === 0) return wide;
  const scale = stopGradient(maximum(max(abs(wide), -1, { keepDims: true }), least));
  const scaled = div(wide, scale);
  const squares = sum(square(scaled), -1, { keepDims: true });
  return div(scaled, sqrt(limit(squares, square(div(least, scale)))));
}
