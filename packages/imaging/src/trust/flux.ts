import { type Plane, sizeText } from "../image/image.js";
import { percentile } from "../image/percentile.js";
import { hasLight } from "./hasLight.js";

/** Whether the light is still there after denoising. */
export interface Flux {
  /** Sum of the denoised over the sum of the noisy grey values; 1 when all light is kept. None of grey values about 0, see `hasLight`. */
  readonly ratio?: number;
  /** The same above the background (percentile 5 of the denoised page), which a camera's offset does not hide changes in. None where nothing is above it. */
  readonly ratioAboveBackground?: number;
}

/** Flux preservation of a denoised page. Noise has no sum in expectation, so that a ratio other than 1 is a bias. */
export function flux(noisy: Plane, denoised: Plane): Flux {
  if (noisy.data.length !== denoised.data.length) {
    throw new Error(
      `flux: noisy and denoised page differ in size (${sizeText(noisy)} and ${sizeText(denoised)})`,
    );
  }
  let [after, before, absolute] = [0, 0, 0];
  for (let i = 0; i < noisy.data.length; i++) {
    after += denoised.data[i]!;
    before += noisy.data[i]!;
    absolute += Math.abs(noisy.data[i]!);
  }
  const background = percentile([denoised], 5) * denoised.data.length;
  return {
    ...(hasLight(before, absolute) && { ratio: after / before }),
    ...(before !== background && { ratioAboveBackground: (after - background) / (before - background) }),
  };
}
