import { fromFunction } from "../image/fromFunction.js";
import { type Plane, sizeText } from "../image/image.js";

/** What a denoiser took away, `noisy - denoised`, in grey values, float64. Of a good one it is noise: no structure of the image is in it. */
export function residual(noisy: Plane, denoised: Plane): Plane & { readonly data: Float64Array } {
  const { width, height } = noisy;
  if (denoised.width !== width || denoised.height !== height) {
    throw new Error(
      `residual: noisy and denoised page differ in size (${sizeText(noisy)} and ${sizeText(denoised)})`,
    );
  }
  const data = fromFunction(new Float64Array(width * height), (i) => noisy.data[i]! - denoised.data[i]!);
  return { width, height, data };
}
