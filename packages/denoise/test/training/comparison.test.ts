import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { gaussianBlur, psnr, ssim } from "@clidim/imaging";
import { readStack } from "@clidim/imaging/node";
import { gaussian, methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { compareWithClassical } from "../../src/training/comparison.js";
import { withBlend } from "../../src/training/fitBlend.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const data = await writeTinyData(at("data"));

test("a run ends with the noisy images and classical methods beside its own figures", async () => {
  const phases: string[] = [];
  const out = at("model");
  const { manifest } = await train(
    {
      ...{ method: clidim, noisy: data.noisy, clean: data.clean, out, baselines: [gaussian] },
      // Without the learnt filter, which starts as a blur. With calibration the figures are those of the model that was calibrated.
      overrides: { ...tiny, output: "linear", calibrateFlux: false },
    },
    { onPhase: (sentence) => phases.push(sentence) },
  );
  expect(phases).toEqual(["Comparing with Gaussian blur"]);
  const { comparison, validation, data: used } = manifest;
  expect(await readManifest(join(out, "manifest.json"), clidim)).toMatchObject({ comparison });
  expect(comparison!.noisy).toMatchObject(validation!.noisy!);
  const { update: _after, ...last } = validation!.last!;
  expect(comparison!.model).toMatchObject(last);
  for (const figures of [comparison!.noisy, comparison!.model, ...comparison!.classical]) {
    expect(figures.siPsnr).toBeGreaterThan(figures.psnr);
  }
  const [best, own] = comparison!.classical;
  expect(best).toMatchObject({ method: "gaussian@1", title: "Gaussian blur", by: "clean" });
  expect(own).toMatchObject({ method: "gaussian@1", by: "noisy" });
  expect(best!.psnr).toBeGreaterThanOrEqual(own!.psnr - 1e-6);

  // The pages of the scene that was held out, blurred as is said.
  const held = data.noisy.findIndex((path) => used.split.validation[0]!.startsWith(path));
  const noisy = await readStack(data.noisy[held]!);
  const clean = (await readStack(data.clean[held]!)).pages[0]!;
  for (const { chosen, psnr: decibels, ssim: similarity } of [best!, own!]) {
    const sigma = Number(/sigma (\S+)/.exec(chosen)![1]);
    const blurred = noisy.pages.map((page) => gaussianBlur(page, sigma));
    const mean = (metric: typeof psnr): number =>
      blurred.reduce((sum, page) => sum + metric(page, clean) / blurred.length, 0);
    expect(decibels).toBeCloseTo(mean(psnr), 1);
    expect(similarity).toBeCloseTo(mean(ssim), 2);
  }
  // Six updates make no denoiser.
  expect(comparison!.notBetter).toMatch(
    /^The model is not better than Gaussian blur \(sigma \d\.\d\d pixels\), chosen by looking at the clean images: -?\d+\.\d\d dB against \d+\.\d\d dB$/,
  );
});

test("held-out images that are blank end no run: what chooses by them is left out, which is said", async () => {
  const blank = { width: 32, height: 32, data: new Float64Array(32 ** 2).fill(3) };
  const clean = { ...blank, data: blank.data.map((_, i) => i % 7) };
  const crops = [0, 1].map((i) => ({ name: `page ${i}`, noisy: blank, clean }));
  const warnings: string[] = [];
  const hooks = { onWarning: (sentence: string) => warnings.push(sentence) };
  const compared = await compareWithClassical([clean, clean], crops, [gaussian], hooks);
  expect(compared.classical).toEqual([]);
  const session = { blended: gaussian, crops, hooks };
  expect(await withBlend(session, true, [clean, clean])).toEqual({ results: [clean, clean] });
  const why =
    "on the held-out images: choosing by noisy pages: expected contrast, got 2 pages of a single value each";
  expect(warnings).toEqual([
    expect.stringContaining(`the model is not compared with Gaussian blur: ${why}`),
    expect.stringContaining(`results are the network's alone, without Gaussian blur (key blend): ${why}`),
  ]);
});

test("methods that need larger images are left out, and without baselines there is the model alone", async () => {
  const options = { method: clidim, noisy: data.noisy, clean: data.clean, overrides: tiny };
  const large = { ...gaussian, smallest: 64 };
  const { manifest } = await train({ ...options, out: at("small"), baselines: [large] });
  expect(manifest.comparison!.classical).toEqual([]);
  expect(manifest.comparison!.notBetter).toBeUndefined();
});

test("without clean images there is nothing to compare by", async () => {
  const method = methods.trainedNamed("noise2void");
  const overrides = { updates: 2, batch: 2, crop: 16, preset: "laptop" };
  const run = { method, noisy: data.noisy, out: at("without"), overrides, baselines: [gaussian] };
  const { manifest } = await train(run);
  expect(manifest.comparison).toBeUndefined();
  expect(manifest.uncertainty).toBeUndefined();
});
