import { expect, test } from "vitest";
import { InputError } from "../../src/image/inputError.js";
import {
  type NoiseMeasurement,
  noiseMeasurementText,
  parseNoiseMeasurement,
} from "../../src/noise/noiseMeasurement.js";

const measurement: NoiseMeasurement = {
  from: "frames",
  images: 12,
  gain: 3.5,
  offset: -11.25,
  black: 2.5,
  readNoise: 0.4,
  scatter: 0.02,
  transfer: [{ signal: 4, variance: 3, weight: 60, pixels: 64 }],
  histogram: { low: 0, high: 2, bins: 2, counts: [3, 1, 0, 2] },
  mixture: { low: 0, high: 2, leastVariance: 0.1, mean: [[0, 1]], logVariance: [[1, 1]], weight: [[0, 0]] },
  warnings: ["clipped", "few frames"],
  distributionWarnings: ["few frames"],
};

test("a measurement comes back from its text as it was, with and without what may be absent", () => {
  expect(parseNoiseMeasurement(noiseMeasurementText(measurement), "noise.json")).toEqual(measurement);
  const { black, readNoise, histogram, mixture, distributionWarnings, ...rest } = measurement;
  expect(parseNoiseMeasurement(noiseMeasurementText(rest), "noise.json")).toEqual(rest);
});

test.each<[string, string, RegExp]>([
  ["no JSON", "hello", /^noise.json is not JSON, expected a noise model; measure the noise to get one$/],
  ["another file", '{"pages":3}', /^noise.json is not a noise model \(expected format clidim-noise\)/],
  [
    "a later version",
    JSON.stringify({ format: "clidim-noise", version: 2 }),
    /of version 2, expected 1; measure it again$/,
  ],
  ["no gain", noiseMeasurementText({ ...measurement, gain: -1 }), /noise.json is damaged: [\s\S]*gain/],
  [
    "neither gain nor offset",
    noiseMeasurementText({ ...measurement, gain: 0, offset: 0 }),
    /a gain or an offset above 0/,
  ],
  [
    "a histogram that was cut",
    noiseMeasurementText({ ...measurement, histogram: { low: 0, high: 2, bins: 2, counts: [1] } }),
    /bins x bins counts/,
  ],
  [
    "a mixture without means",
    noiseMeasurementText({ ...measurement, mixture: { ...measurement.mixture!, mean: [[0], [1]] } }),
    /as many means as variances and weights/,
  ],
])("is refused by name: %s", (_, text, message) => {
  const parse = () => parseNoiseMeasurement(text, "noise.json");
  expect(parse).toThrow(InputError);
  expect(parse).toThrow(message);
});
