import { expect, test } from "vitest";
import { HistogramAccumulator, histogramBins, histogramDensity } from "../../src/noise/noiseHistogram.js";

test("counts pairs; rows are densities that integrate to 1, also where nothing was observed", () => {
  const accumulator = new HistogramAccumulator({ low: 0, high: 40, bins: 4 });
  accumulator.add([5, 5, 5, 25], [5, 15, 15, 35]);
  accumulator.add([-3, 99], [-9, 99]);
  const histogram = accumulator.finish();
  expect(histogram.counts).toEqual([2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const density = histogramDensity(histogram);
  for (const signal of [0, 3, 10, 12, 29, 39, 100]) {
    let sum = 0;
    for (let x = 0.5; x < 40; x++) sum += density(x, signal);
    expect(sum).toBeCloseTo(1, 12);
  }
  // The first row stands for signal 0, the second, where nothing was seen, is flat: a quarter for each ten grey values.
  expect(density(5, 0)).toBeCloseTo(0.05, 12);
  expect(density(5, 5)).toBeCloseTo(0.5 * 0.05 + 0.5 * 0.025, 12);
  expect(density(35, 0)).toBeGreaterThan(0);
  expect(density(35, 0)).toBeLessThan(1e-25);
  expect(density(-100, 0)).toBe(density(0, 0));
});

test("refuses ranges and bins that are none", () => {
  expect(() => new HistogramAccumulator({ low: 3, high: 3, bins: 8 })).toThrow(
    /expected low < high and at least 2 bins/,
  );
  expect(() => new HistogramAccumulator({ low: 0, high: 3, bins: 1 })).toThrow(/got 0 to 3 in 1/);
});

test("bins of whole grey values have equally many, and at most 256 of them span all", () => {
  expect(histogramBins(2, 191, true)).toEqual({ low: 2, high: 192, bins: 190 });
  expect(histogramBins(0, 299, true)).toEqual({ low: 0, high: 300, bins: 150 });
  expect(histogramBins(7, 7, true)).toEqual({ low: 7, high: 9, bins: 2 });
  const { low, high, bins } = histogramBins(100, 65535, true);
  expect((high - low) / bins).toBe(256);
  expect(high).toBeGreaterThan(65535);
});

test.each([
  [0, 1],
  [-0.5, 10.2],
  [1e9, 1e9 + 1e4 / 3],
  [0.25, 0.25],
  [-1e30, -1e30],
])("bins of other grey values from %d to %d are between these, whatever their unit is", (lowest, highest) => {
  const bins = histogramBins(lowest, highest, false);
  expect(bins.low).toBe(lowest);
  expect(bins.high).toBeGreaterThan(highest);
  expect(bins.high - bins.low).toBeLessThanOrEqual(
    highest > lowest ? 1.005 * (highest - lowest) : 2 * Math.max(1, Math.abs(lowest)),
  );
  const accumulator = new HistogramAccumulator(bins);
  accumulator.add([lowest, highest], [lowest, highest]);
  const { counts } = accumulator.finish();
  expect(counts[0]! + counts.at(-1)!).toBe(2);
  if (highest > lowest) expect(counts.at(-1)).toBe(1);
});
