import { grad } from "@clidim/autograd";
import { counterRandom, HistogramAccumulator, histogramDensity } from "@clidim/imaging";
import { sum, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { histogramLogDensity } from "../../src/noiseLikelihood/histogramLogDensity.js";

/** What is added to each density per grey value of a camera. */
const LEAST_DENSITY = 1e-10;
const [low, bins, width] = [90, 40, 3];
const counting = new HistogramAccumulator({ low, high: low + bins * width, bins });
const random = counterRandom(3);
const draws = Float64Array.from({ length: 4000 }, () => random.normal());
const signals = Float64Array.from(draws, (_, i) => low + ((i * 7) % (bins * width)));
counting.add(
  signals,
  Float64Array.from(draws, (draw, i) => Math.round(signals[i]! + 8 * draw)),
);
const histogram = counting.finish();
const units = { scale: 0.013, offset: -1.7 };
const network = (values: readonly number[]): Tensor =>
  tensor(
    values.map((value) => units.scale * value + units.offset),
    { dtype: "f32" },
  );
const logDensity = histogramLogDensity(histogram, units);
const density = histogramDensity(histogram);
// Whole grey values at edges of bins, and beyond the range; signals at no edge, where there are kinks.
const observed = Array.from({ length: 50 }, (_, i) => 81 + 3 * i);
const signal = observed.map((_, i) => 85.37 + ((i * 17.9) % 130));

describe("histogramLogDensity", () => {
  it("is the density of the imaging package, also at edges of bins in f32", async () => {
    const found = await logDensity(network(observed), network(signal)).data();
    for (const [i, x] of observed.entries()) {
      const expected = Math.log(density(x, signal[i]!) + LEAST_DENSITY);
      expect(Math.abs(found[i]! - expected), `${x} at ${signal[i]}`).toBeLessThan(2e-3);
    }
  });

  it("tells signals apart in any unit of grey values", async () => {
    const [low, high] = [histogram.low * 1e9, histogram.high * 1e9];
    const large = histogramLogDensity({ ...histogram, low, high }, { ...units, scale: units.scale / 1e9 });
    const found = await large(network(observed), network(signal)).data();
    for (const [i, x] of observed.entries()) {
      const there = density(x, signal[i]!);
      if (there > 1e-4) expect(found[i]! + Math.log(1e9)).toBeCloseTo(Math.log(there), 1);
    }
    expect(Math.max(...found) - Math.min(...found)).toBeGreaterThan(Math.log(1e5));
  });

  it("has the gradient of the interpolation, 0 beyond the range", async () => {
    const ofSignals = grad((s: Tensor) => sum(logDensity(network(observed), s)));
    const gradient = await ofSignals(network(signal)).data();
    const step = 1e-3;
    for (const [i, x] of observed.entries()) {
      const at = (s: number): number => Math.log(density(x, s) + LEAST_DENSITY);
      const expected = (at(signal[i]! + step) - at(signal[i]! - step)) / (2 * step) / units.scale;
      expect(Math.abs(gradient[i]! - expected)).toBeLessThan(1e-2 * (1 + Math.abs(expected)));
    }
  });
});
