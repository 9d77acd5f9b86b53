import type { Plane } from "../image/image.js";
import { nrmse } from "./nrmse.js";
import { nrmseAsReleased } from "./nrmseAsReleased.js";
import { psnrAsReleased } from "./psnrAsReleased.js";
import { ssimGaussian } from "./ssim.js";
import { ssimAsReleased } from "./ssimAsReleased.js";

/** The other metrics that tables are made of; those named "as released" carry the faults of the authors' code. */
export interface FurtherMetrics {
  readonly ssimGaussian: number;
  readonly nrmseMean: number;
  readonly nrmseEuclidean: number;
  /** dB. */
  readonly psnrAsReleased: number;
  readonly ssimAsReleased: number;
  readonly nrmseAsReleased: number;
}

/** All further metrics of one page; pages of at least 11 x 11 pixels, the window of the Gaussian SSIM. */
export function furtherMetrics(prediction: Plane, clean: Plane): FurtherMetrics {
  return {
    ssimGaussian: ssimGaussian(prediction, clean),
    nrmseMean: nrmse(prediction, clean, { normalization: "mean" }),
    nrmseEuclidean: nrmse(prediction, clean, { normalization: "euclidean" }),
    psnrAsReleased: psnrAsReleased(prediction, clean),
    ssimAsReleased: ssimAsReleased(prediction, clean),
    nrmseAsReleased: nrmseAsReleased(prediction, clean),
  };
}
