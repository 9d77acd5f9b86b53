import { methods } from "@clidim/methods";
import { describe, expect, test } from "vitest";
import { networkPixelSeconds, secondsToDenoise, updatesWithin } from "../../src/budget/timePlan.js";
import { threadsAtWork } from "../../src/inference/threadsAtWork.js";
import type { ClassicalMethod } from "../../src/protocol/method.js";

describe("secondsToDenoise", () => {
  const costs = { choosing: 10, denoising: 10 };

  test("one image, whose method is chosen already: comparing, and the slower of both on all pixels", () => {
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs)).toBeCloseTo(20);
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs, 3e-5)).toBeCloseTo(40);
    expect(secondsToDenoise({ images: 1, pixels: 1e6 }, costs, 1e-6)).toBeCloseTo(20);
  });

  test("each further image is chosen for and compared", () => {
    expect(secondsToDenoise({ images: 3, pixels: 0 }, costs)).toBeCloseTo(60);
  });
});

describe("threadsAtWork", () => {
  const { bm3d, nlm, gaussian } = Object.fromEntries(
    ["bm3d", "nlm", "gaussian"].map((name) => [name, methods.classicalNamed(name)]),
  ) as Record<"bm3d" | "nlm" | "gaussian", ClassicalMethod>;
  const threads = { count: 32 };
  const channels = [{ channel: { index: 0 }, by: 0 }];
  const file = { width: 1024, height: 1024, channels } as const;

  test.each([
    ["of many pages each thread has one", bm3d, 200, 32],
    ["pages are divided where there are fewer", bm3d, 4, 32],
    ["and left to some of the threads where these are no multiple", bm3d, 20, 20],
    ["a page by itself is divided", bm3d, 1, 32],
    ["a method that is not divided has as many as pages", nlm, 4, 4],
    ["a quick one is done where it is asked for", gaussian, 200, 1],
  ] as const)("%s", (_, method, pages, expected) => {
    expect(threadsAtWork(method, threads, { ...file, pages }, 2 ** 25)).toBe(expected);
    expect(threadsAtWork(method, undefined, { ...file, pages }, 2 ** 25)).toBe(1);
  });

  test("no more pages than fit into memory, and larger ones by bands", () => {
    const of = (largest: number) => threadsAtWork(nlm, threads, { ...file, pages: 200 }, largest);
    expect([of(2 ** 25), of(3 * 2 ** 20), of(2 ** 19)]).toEqual([32, 3, 1]);
  });

  test("of several channels, pages of one are what each divides", () => {
    const two = { ...file, channels: [...channels, ...channels] };
    expect(threadsAtWork(bm3d, threads, { ...two, pages: 32 }, 2 ** 25)).toBe(32);
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
