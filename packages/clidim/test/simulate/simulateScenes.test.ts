import { describe, expect, test } from "vitest";
import { bestGaussianBlur } from "../../src/classical/bestGaussianBlur.js";
import { meanImage } from "../../src/image/meanImage.js";
import { psnr } from "../../src/metrics/psnr.js";
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

  test("the defaults are noisy, and fine enough that a blur is far from solving them", () => {
    const scenes = simulateScenes({ scenes: 3, frames: 1 });
    const noisy = scenes.map((scene) => scene.noisy[0]!);
    const clean = scenes.map((scene) => scene.clean);
    const before = noisy.reduce((sum, page, i) => sum + psnr(page, clean[i]!), 0) / 3;
    const blur = bestGaussianBlur(noisy, clean);
    expect(before).toBeGreaterThan(20);
    expect(before).toBeLessThan(24.5);
    expect(blur.psnr - before).toBeGreaterThan(4);
    expect(blur.psnr - before).toBeLessThan(6);
  });
});
