import type { TrainResult } from "@clidim/denoise/node";
import { expect, test } from "vitest";
import { comparisonLines, validationText } from "../src/commands/train.js";

type Manifest = TrainResult["manifest"];

const noisy = { psnr: 20, ssim: 0.5 };
const best = { update: 10, psnr: 31, ssim: 0.91 };
const last = { update: 40, psnr: 29, ssim: 0.88 };
const run = (kept: number, kind: Manifest["data"]["split"]["kind"] = "scenes") => ({
  kept,
  data: { split: { kind } } as Manifest["data"], // all that is looked at
});

test("leads with the model that is kept: the best, the last, or one between", () => {
  expect(validationText(run(10), { noisy, best, last })).toBe(
    "On the images held out: 31.00 dB, SSIM 0.910 after update 10 (noisy 20.00 dB, SSIM 0.500; last 29.00 dB after update 40)",
  );
  expect(validationText(run(40), { noisy, best, last })).toBe(
    "On the images held out: 29.00 dB, SSIM 0.880 after update 40 (noisy 20.00 dB, SSIM 0.500; best 31.00 dB after update 10)",
  );
  expect(validationText(run(25), { noisy, best: last, last })).toBe(
    "On the images held out: 29.00 dB, SSIM 0.880 after update 40 (noisy 20.00 dB, SSIM 0.500); the model is that after update 25",
  );
});

test("names the test set where the model is chosen on it; nothing before there are figures", () => {
  expect(validationText(run(40, "test"), { noisy, best: last, last })).toBe(
    "On the test set: 29.00 dB, SSIM 0.880 after update 40 (noisy 20.00 dB, SSIM 0.500)",
  );
  expect(validationText(run(0), { noisy, best: null, last: null })).toBeUndefined();
});

test("puts the model beside what needs no training, and says where it is not better", () => {
  const data = { split: { kind: "scenes" }, clean: "average" } as unknown as Manifest["data"]; // all that is looked at
  const configuration = {} as Manifest["configuration"]; // all that is looked at may be absent
  const method = { method: "gaussian@1", title: "Gaussian blur", ssim: 0.9 };
  const comparison = {
    noisy,
    model: { psnr: 29, siPsnr: 30.123, ssim: 0.88 },
    classical: [
      { ...method, chosen: "sigma 1.02 pixels", by: "clean", psnr: 30, siPsnr: 30.5 },
      { ...method, chosen: "sigma 0.97 pixels", by: "noisy", psnr: 29.9, siPsnr: 30.4 },
    ],
    notBetter: "The model is not better than Gaussian blur",
  } as const;
  const lines = (run: Parameters<typeof comparisonLines>[0], method = {}): string[] =>
    comparisonLines(run, method);
  expect(lines({ comparison, configuration, data, status: "completed" })).toEqual([
    "On the images held out                       PSNR dB  SI-PSNR   SSIM",
    "noisy                                          20.00           0.500",
    "best Gaussian blur (sigma 1.02 pixels)         30.00    30.50  0.900",
    "Gaussian blur by itself (sigma 0.97 pixels)    29.90    30.40  0.900",
    "this model                                     29.00    30.12  0.880",
    "Best: chosen by looking at the clean images. By itself: on the noisy ones, as denoise --method does.",
    "The model is not better than Gaussian blur.",
  ]);
  const eight = { ...configuration, orientations: 8 } as const;
  const turned = { comparison, configuration: eight, data, status: "completed" } as const;
  expect(lines(turned)[4]).toBe("this model, mean of 8 orientations             29.00    30.12  0.880");
  expect(lines(turned, { noiseAxis: () => "horizontal" })[4]).toBe(
    "this model, mean of 4 orientations             29.00    30.12  0.880",
  );
  const without = { ...data, clean: "none" } as const;
  expect(lines({ configuration, data: without, status: "completed" })).toEqual([
    expect.stringMatching(/^Not compared with methods that need no training: without clean images/),
  ]);
  expect(lines({ configuration, data, status: "interrupted" })).toEqual([]);
});
