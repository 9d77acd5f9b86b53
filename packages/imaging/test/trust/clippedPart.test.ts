import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { clippedPart } from "../../src/trust/clippedPart.js";

const [scene] = simulateScenes({
  size: 160,
  scenes: 1,
  frames: 1,
  gain: 1,
  offset: 0,
  readNoise: 0,
  photons: 80,
});
const truth = scene!.clean;
const most = Math.max(...truth.data);
const noisy = (photons: number, seed: number): Plane => {
  const random = counterRandom(seed);
  return {
    ...truth,
    data: Float64Array.from(truth.data, (value) => random.poisson((photons / most) * value)),
  };
};

describe("the clipped part of a clean page", () => {
  const sorted = Float64Array.from(truth.data).sort();
  const limit = sorted[Math.floor(0.9 * sorted.length)]!;
  const clipped: Plane = { ...truth, data: Float64Array.from(truth.data, (value) => Math.min(limit, value)) };

  test("is what has the largest value where the noisy page has structure", () => {
    expect(clippedPart(noisy(100, 1), clipped)).toBeCloseTo(0.1, 2);
    expect(clippedPart(noisy(100, 1), truth)).toBe(0);
  });

  test("is none where the noisy page is as flat there", () => {
    const random = counterRandom(4);
    const flat = {
      ...clipped,
      data: Float64Array.from(clipped.data, (value) => random.poisson((100 / most) * value)),
    };
    expect(clippedPart(flat, clipped)).toBe(0);
  });
});
