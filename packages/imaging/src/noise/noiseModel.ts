import type { NoiseCorrelation } from "./noiseCorrelation.js";

/** Poisson-Gaussian noise in grey values: its variance at the expected grey value m is `gain m + offset`. */
export interface NoiseModel {
  /** Grey values per electron, >= 0; 0 where the noise does not grow with the signal. */
  readonly gain: number;
  /** Grey values squared: gain^2 readNoise^2 - gain * (grey value without light). May be negative. */
  readonly offset: number;
  /** What pixels share of it; absent where each pixel's is its own, or that is not known. */
  readonly correlation?: NoiseCorrelation | undefined;
}
