import { bestGaussianBlur } from "@clidim/methods";
import { describe, expect, test } from "vitest";
import { meanImage } from "../../src/image/meanImage.js";
import { evaluatePages } from "../../src/metrics/evaluatePages.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

describe("simulateScenes", () => {
  test("the same seed gives the same images, another seed, scene or frame others", () => {
    const run = (seed: number) => simulateScenes({ seed, size: 64, scenes: 2, frames: 2 });
    const [a, b] = run(5);
    expect(run(5)).toEqual([a, b]);
    expect(run(6)[0]!.clean.data).not.toEqual(a!.clean.data);
    expect(b!.clean.data).not.toEqual(a!.clean.data);
    expect(a!.noisy[1]!.data).not.toEqual(a!.noisy[0]!.data);
    expect(a!.noisy).toHaveLength(2);
    // A scene does not depend on how many there are.
    expect(simulateScenes({ seed: 5, size: 64, scenes: 1, frames: 1 })[0]!.noisy[0]).toEqual(a!.noisy[0]);
  });

  test("the captures have the clean image as mean and Poisson-Gaussian variance", () => {
    const [gain, offset, readNoise, frames] = [8, 100, 2, 200];
    const [scene] = simulateScenes({
      seed: 1,
      size: 48,
      scenes: 1,
      frames,
      photons: 40,
      readNoise,
      gain,
      offset,
    });
    const { noisy, clean } = scene!;
    const mean = meanImage(noisy).data;
    let bias = 0;
    let ratio = 0;
    for (let i = 0; i < mean.length; i++) {
      const electrons = (clean.data[i]! - offset) / gain;
      const variance = gain * gain * (electrons + readNoise * readNoise) + 1 / 12;
      bias += (mean[i]! - clean.data[i]!) / Math.sqrt(variance / frames);
      ratio +=
        noisy.reduce((sum, page) => sum + (page.data[i]! - clean.data[i]!) ** 2, 0) / frames / variance;
    }
    const pixels = mean.length;
    expect(Math.abs(bias / pixels)).toBeLessThan(5 / Math.sqrt(pixels));
    expect(Math.abs(ratio / pixels - 1)).toBeLessThan(0.01);
  });

  test("the defaults are noisy, and fine enough that the best blur stays far from the truth", () => {
    const scenes = simulateScenes({ scenes: 3, frames: 1 });
    const noisy = scenes.map((scene) => scene.noisy[0]!);
    const clean = scenes.map((scene) => scene.clean);
    const before = evaluatePages(noisy, clean).mean;
    const blur = bestGaussianBlur(noisy, clean);
    expect(before.psnr).toBeGreaterThan(19);
    expect(before.psnr).toBeLessThan(22);
    expect(blur.psnr).toBeLessThan(29.5);
    expect(blur.ssim).toBeLessThan(0.8);
  });
});
