import { type Plane, sizeText } from "../image/image.js";
import { percentile } from "../image/percentile.js";

/** Whether the light is still there after denoising. */
export interface Flux {
  /** Sum of the denoised over the sum of the noisy grey values; 1 when all light is kept. */
  readonly ratio: number;
  /** The same above the background (percentile 5 of the denoised page), which a camera's offset does not hide changes in. */
  readonly ratioAboveBackground: number;
}

/** Flux preservation of a denoised page. Noise has no sum in expectation, so that a ratio other than 1 is a bias. */
export function flux(noisy: Plane, denoised: Plane): Flux {
  if (noisy.data.length !== denoised.data.length) {
    throw new Error(
      `flux: noisy and denoised page differ in size (${sizeText(noisy)} and ${sizeText(denoised)})`,
    );
  }
  const sum = ({ data }: Plane): number => {
    let total = 0;
    for (let i = 0; i < data.length; i++) total += data[i]!;
    return total;
  };
  const background = percentile([denoised], 5) * denoised.data.length;
  const [after, before] = [sum(denoised), sum(noisy)];
  return { ratio: after / before, ratioAboveBackground: (after - background) / (before - background) };
}
