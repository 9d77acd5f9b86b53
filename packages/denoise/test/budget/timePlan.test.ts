import { describe, expect, test } from "vitest";
import { networkPixelSeconds, secondsToDenoise, updatesWithin } from "../../src/budget/timePlan.js";

describe("secondsToDenoise", () => {
  const costs = { choosing: 10, pixel: 1e-5 };

  test("one image, whose method is chosen already: comparing, and the slower of both on all pixels", () => {
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs)).toBeCloseTo(20);
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs, 3e-5)).toBeCloseTo(40);
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs, 1e-6)).toBeCloseTo(20);
  });

  test("each further image is chosen for and compared", () => {
    expect(secondsToDenoise({ images: 3, pixels: 0 }, costs)).toBeCloseTo(50);
  });
});

describe("updatesWithin", () => {
  const pace = { setUp: 20, secondsPerUpdate: 0.5 };

  test("as many as take 85 % of the time after the first one", () => {
    expect(updatesWithin(120, pace)).toBe(170);
  });

  test("none where compiling takes all", () => {
    expect(updatesWithin(20, pace)).toBe(0);
    expect(updatesWithin(-5, pace)).toBe(0);
  });

  test("a third of an update's time for a pixel is what the network takes for it alone", () => {
    expect(networkPixelSeconds({ setUp: 1, secondsPerUpdate: 3 }, { batch: 4, crop: 10 })).toBeCloseTo(
      1 / 400,
    );
  });
});
