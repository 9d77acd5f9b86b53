import type { Autocorrelation } from "./autocorrelation.js";
import type { Checkerboard } from "./checkerboard.js";
import type { Flux } from "./flux.js";
import type { SignalBin } from "./residualAgainstSignal.js";

/** What is measured of a denoised page without its truth. */
export interface PageMeasurements {
  /** Of the residual, grey values; `error` is the standard error of the mean. */
  readonly residual: { readonly mean: number; readonly deviation: number; readonly error: number };
  readonly autocorrelation: Autocorrelation;
  readonly residualAgainstSignal: readonly SignalBin[];
  readonly flux: Flux;
  readonly checkerboard: { readonly denoised: Checkerboard; readonly noisy: Checkerboard };
}
