import type { FileDenoiser } from "./fileDenoiser.js";

/** A denoiser of several passes over each page, as parts of one. */
export function onePass(denoiser: FileDenoiser, passes: number): FileDenoiser {
  const { bands } = denoiser;
  return {
    ...denoiser,
    denoise: (noisy, index, onPart) => denoiser.denoise(noisy, index, (done) => onPart(done / passes)),
    ...(bands && {
      bands: (noisy, index, pixels, onPart) => bands(noisy, index, pixels, (done) => onPart(done / passes)),
    }),
  };
}
