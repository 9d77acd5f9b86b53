import type { Tensor } from "@clidim/tensor";
import type { ConfiguredNoise } from "./configuredNoise.js";
import { histogramLogDensity } from "./histogramLogDensity.js";
import { mixtureLogDensity } from "./mixtureLogDensity.js";

/** The logarithm of a density, per grey value, of observations x at signals s; network values, whose shapes are broadcast. */
export type LogDensity = (x: Tensor, s: Tensor) => Tensor;

/** That of the noise that a method learns with. */
export function logDensityOf({ mixture, histogram, units }: ConfiguredNoise): LogDensity {
  if (histogram) return histogramLogDensity(histogram, units);
  if (mixture) return mixtureLogDensity(mixture, units);
  throw new Error("logDensityOf: expected noise with a mixture or a histogram, got neither");
}
