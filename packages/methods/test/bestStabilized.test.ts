import { psnr, simulateScenes, ssim, stabilized } from "@clidim/imaging";
import { beforeAll, describe, expect, test } from "vitest";
import { bestNonLocalMeans } from "../src/nonLocalMeans/bestNonLocalMeans.js";
import { nonLocalMeans } from "../src/nonLocalMeans/nonLocalMeans.js";
import type { BestStrength } from "../src/oracle/bestStrength.js";
import { maximize } from "../src/search/maximize.js";
import { bestTotalVariation } from "../src/totalVariation/bestTotalVariation.js";

const scenes = simulateScenes({ seed: 3, size: 96, scenes: 2, frames: 1 });
const noisy = scenes.map((scene) => scene.noisy[0]!);
const clean = scenes.map((scene) => scene.clean);
const before = noisy.reduce((sum, page, i) => sum + psnr(page, clean[i]!), 0) / 2;
let means: BestStrength;
beforeAll(() => {
  means = bestNonLocalMeans(noisy, clean);
});

describe("on simulated microscopy", () => {
  test("non-local means gains more than 7 dB", () => {
    expect(means.psnr).toBeGreaterThan(before + 7);
    expect(means.ssim).toBeGreaterThan(0.75);
  });

  test("total variation gains more than 6 dB", () => {
    const best = bestTotalVariation(noisy, clean);
    expect(best.psnr).toBeGreaterThan(before + 6);
    expect(best.ssim).toBeGreaterThan(0.7);
  });
});

test("the figures are those at the strength that is reported, and no other strength is much better", () => {
  const at = (strength: number) =>
    noisy.map((page) => stabilized((stable) => nonLocalMeans(stable, { strength }), page));
  const mean = (metric: typeof psnr | typeof ssim, strength: number): number =>
    at(strength).reduce((sum, page, i) => sum + metric(page, clean[i]!), 0) / 2;
  expect(means.psnr).toBeCloseTo(mean(psnr, means.strength), 10);
  expect(means.ssim).toBeCloseTo(mean(ssim, means.strength), 10);
  for (const strength of [0.3, 0.5, 0.8, 1.2, 2])
    expect(means.psnr).toBeGreaterThan(mean(psnr, strength) - 0.02);
  expect(() => bestNonLocalMeans(noisy, [])).toThrow(/bestNonLocalMeans: expected one clean page/);
});

test("maximize finds the top inside and at both ends, and scores no point twice", () => {
  for (const top of [0.1, 0.4, 7, 10]) {
    const seen: number[] = [];
    const score = (x: number): number => -((Math.log(x) - Math.log(top)) ** 2);
    const search = maximize({ low: 0.1, high: 10, points: 7, tolerance: (at: number) => at / 1000 });
    let round = search.next();
    // The grid is asked for at once.
    expect(round.value).toHaveLength(7);
    while (!round.done) {
      seen.push(...round.value);
      round = search.next(round.value.map(score));
    }
    expect(Math.abs(round.value / top - 1)).toBeLessThan(2e-3);
    expect(new Set(seen).size).toBe(seen.length);
  }
});
