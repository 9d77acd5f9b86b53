import { difference } from "../image/difference.js";
import type { Plane } from "../image/image.js";
import { autocorrelation } from "./autocorrelation.js";
import { checkerboard } from "./checkerboard.js";
import { findingsOf } from "./findings.js";
import { flux } from "./flux.js";
import type { PageMeasurements } from "./pageMeasurements.js";
import { residualAgainstSignal } from "./residualAgainstSignal.js";

/** What can be told of a denoised page without its truth. */
export interface PageAssessment extends PageMeasurements {
  /** Position in the file's selection. */
  readonly page: number;
  /** What stands out, a sentence each; none of them is proof of an error, and their absence none of the contrary. */
  readonly findings: readonly string[];
}

/** Pages smaller than this have too few pixels to tell anything. */
export const SMALLEST_ASSESSED = 32;

/** Residual, its autocorrelation and dependence on the signal, flux and grid patterns of one page of at least 32 x 32 pixels. */
export function assessPage(noisy: Plane, denoised: Plane, page = 0): PageAssessment {
  const residual = difference(noisy, denoised);
  const count = residual.data.length;
  const mean = residual.data.reduce((a, b) => a + b) / count;
  const deviation = Math.sqrt(residual.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const measured: PageMeasurements = {
    residual: { mean, deviation, error: deviation / Math.sqrt(count) },
    autocorrelation: autocorrelation(residual, 8),
    residualAgainstSignal: residualAgainstSignal(noisy, denoised),
    flux: flux(noisy, denoised),
    checkerboard: { denoised: checkerboard(denoised), noisy: checkerboard(noisy) },
  };
  return { page, ...measured, findings: findingsOf(measured) };
}
