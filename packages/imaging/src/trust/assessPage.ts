import type { Plane } from "../image/image.js";
import { type Autocorrelation, autocorrelation } from "./autocorrelation.js";
import { CHECKERBOARD_LIMIT, type Checkerboard, checkerboard } from "./checkerboard.js";
import { type Flux, flux } from "./flux.js";
import { residual } from "./residual.js";
import { residualAgainstSignal, type SignalBin } from "./residualAgainstSignal.js";

/** What can be told of a denoised page without its truth. */
export interface PageAssessment {
  /** Position in the file's selection. */
  readonly page: number;
  /** Of the residual, grey values. */
  readonly residual: { readonly mean: number; readonly deviation: number };
  readonly autocorrelation: Autocorrelation;
  readonly residualAgainstSignal: readonly SignalBin[];
  readonly flux: Flux;
  readonly checkerboard: { readonly denoised: Checkerboard; readonly noisy: Checkerboard };
  /** What stands out, a sentence each; none of them is proof of an error, and their absence none of the contrary. */
  readonly findings: readonly string[];
}

/** A residual that correlates by more than this has something of the image (or of the camera) in it. */
const CORRELATION_LIMIT = 0.1;
/** Light lost or gained: of all, and of that above the background, where the mean residual is so many of its standard errors from 0. */
const FLUX_LIMIT = 0.02;
const FLUX_ABOVE_BACKGROUND_LIMIT = 0.05;
const FLUX_SIGNIFICANCE = 4;
/** Mean residual of a range of grey values, in standard deviations of the residual there; and in standard errors of that mean. */
const BIAS_LIMIT = 0.25;
const BIAS_SIGNIFICANCE = 4;

/** Pages smaller than this have too few pixels to tell anything. */
export const SMALLEST_ASSESSED = 32;

/** Residual, its autocorrelation and dependence on the signal, flux and grid patterns of one page of at least 32 x 32 pixels. */
export function assessPage(noisy: Plane, denoised: Plane, page = 0): PageAssessment {
  const difference = residual(noisy, denoised);
  const count = difference.data.length;
  const mean = difference.data.reduce((a, b) => a + b) / count;
  const deviation = Math.sqrt(difference.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const measured = {
    residual: { mean, deviation },
    autocorrelation: autocorrelation(difference, 8),
    residualAgainstSignal: residualAgainstSignal(difference, denoised),
    flux: flux(noisy, denoised),
    checkerboard: { denoised: checkerboard(denoised), noisy: checkerboard(noisy) },
  };
  const significance = (Math.abs(mean) / deviation) * Math.sqrt(count);
  return { page, ...measured, findings: findingsOf(measured, significance) };
}

function findingsOf(
  assessment: Pick<PageAssessment, "autocorrelation" | "residualAgainstSignal" | "flux" | "checkerboard">,
  lightSignificance: number,
): string[] {
  const findings: string[] = [];
  const { largest, whiteBound } = assessment.autocorrelation;
  if (Math.abs(largest.value) > Math.max(CORRELATION_LIMIT, whiteBound)) {
    findings.push(
      `The residual correlates with itself by ${largest.value.toFixed(2)} at ${largest.dx} pixels across and ${largest.dy} down; ` +
        "structures were taken for noise, or the camera's noise is correlated",
    );
  }
  const { ratio, ratioAboveBackground: above } = assessment.flux;
  // A camera's offset is light as well, beside which that of the structures may be little.
  const dimmed = Math.abs(above - 1) > FLUX_ABOVE_BACKGROUND_LIMIT && lightSignificance > FLUX_SIGNIFICANCE;
  if (Math.abs(ratio - 1) > FLUX_LIMIT || dimmed) {
    findings.push(
      `The denoised page holds ${(100 * ratio).toFixed(1)} % of the light of the noisy one, ${(100 * above).toFixed(1)} % of that above the background; ` +
        "its intensities are biased",
    );
  }
  const biased = assessment.residualAgainstSignal
    .filter(
      ({ mean, deviation, pixels }) =>
        Math.abs(mean) > Math.max(BIAS_LIMIT, BIAS_SIGNIFICANCE / Math.sqrt(pixels)) * deviation,
    )
    .sort((a, b) => Math.abs(b.mean / b.deviation) - Math.abs(a.mean / a.deviation))[0];
  if (biased) {
    findings.push(
      `Pixels of about ${figure(biased.signal)} are ${figure(Math.abs(biased.mean))} grey values too ${biased.mean > 0 ? "dark" : "bright"} on average`,
    );
  }
  const grids: readonly (readonly [keyof Checkerboard, string])[] = [
    ["nyquist", "a checkerboard of single pixels"],
    ["period2", "a grid of period 2 pixels"],
    ["period4", "a grid of period 4 pixels"],
    ["period8", "a grid of period 8 pixels"],
  ];
  const { denoised, noisy } = assessment.checkerboard;
  for (const [key, name] of grids) {
    if (denoised[key] > CHECKERBOARD_LIMIT && denoised[key] > 2 * noisy[key]) {
      findings.push(
        `The denoised page shows ${name}, ${Math.round(denoised[key])} times its surroundings in the spectrum (noisy page: ${figure(noisy[key])})`,
      );
    }
  }
  return findings;
}

function figure(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
