import { fromFunction } from "./fromFunction.js";
import { type Float64Plane, type Plane, sizeText } from "./image.js";

/** `first - second` at each pixel, in grey values, float64. Of a noisy and a denoised page it is the residual: what the denoiser took away, of a good one noise alone. Throws where they differ in size. */
export function difference(first: Plane, second: Plane): Float64Plane {
  const { width, height } = first;
  if (second.width !== width || second.height !== height) {
    throw new Error(`difference: expected pages of one size, got ${sizeText(first)} and ${sizeText(second)}`);
  }
  const data = fromFunction(new Float64Array(width * height), (i) => first.data[i]! - second.data[i]!);
  return { width, height, data };
}
