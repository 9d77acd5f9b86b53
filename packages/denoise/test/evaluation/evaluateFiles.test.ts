import { join } from "node:path";
import type { Image } from "@clidim/imaging";
import {
  confidenceInterval,
  fluxDifference,
  furtherMetrics,
  InputError,
  psnr,
  siPsnr,
  ssim,
} from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { evaluateFiles } from "../../src/evaluation/evaluateFiles.js";

const folder = temporaryFolder();
const image = (value: (x: number, y: number) => number): Image<"float32"> => ({
  width: 40,
  height: 32,
  dtype: "float32",
  data: Float32Array.from({ length: 40 * 32 }, (_, i) => value(i % 40, Math.floor(i / 40))),
});
const clean = image((x, y) => 100 + 50 * Math.sin(x / 4) * Math.cos(y / 5));
const noisy = image((x, y) => clean.data[40 * y + x]! + 10 * Math.sin(12.9898 * x + 78.233 * y * x));
const better = image((x, y) => clean.data[40 * y + x]! + 1 + (x % 2));
/** What takes no time. */
const quick = methods.classical.filter(({ slow }) => !slow);
const write = async (name: string, pages: Image[]): Promise<string> => {
  const path = join(folder, name);
  await writeImageFile(path, pages);
  return path;
};

test("metrics of every page, their means, the gain, and the best blur beside it", async () => {
  const prediction = [await write("p0.tif", [better, clean]), await write("p1.tif", [noisy, better])];
  const noisyFiles = [await write("n0.tif", [noisy, noisy]), await write("n1.tif", [noisy, noisy])];
  const truth = [await write("truth.tif", [clean, clean])];
  const { pages, mean, baselines } = await evaluateFiles({
    prediction,
    clean: truth,
    noisy: noisyFiles,
    baselines: quick,
    force: true,
  });
  const [bestBlur] = baselines!;
  expect(pages.map(({ file, page }) => [file, page])).toEqual([
    [prediction[0], 0],
    [prediction[0], 1],
    [prediction[1], 0],
    [prediction[1], 1],
  ]);
  expect(pages[0]!.prediction).toMatchObject({ psnr: psnr(better, clean), ssim: ssim(better, clean) });
  expect(pages[0]!.gain!.psnr).toBeCloseTo(psnr(better, clean) - psnr(noisy, clean), 10);
  expect(pages[1]!.prediction.psnr).toBe(Number.POSITIVE_INFINITY);
  expect(pages[2]!.gain!.psnr).toBe(0);
  expect(mean.noisy!.psnr).toBeCloseTo(psnr(noisy, clean), 10);
  expect(pages[0]!.prediction.siPsnr).toBe(siPsnr(better, clean));
  expect(pages[0]!.gain!.siPsnr).toBeCloseTo(siPsnr(better, clean) - siPsnr(noisy, clean), 10);
  expect(pages.map(({ flux }) => flux.clean)).toEqual(
    [better, clean, noisy, better].map((page) => fluxDifference(page, clean)),
  );
  expect(pages.map(({ flux }) => flux.noisy)).toEqual(
    [better, clean, noisy, better].map((page) => fluxDifference(page, noisy)),
  );
  expect(mean.flux.noisy).toBeCloseTo(
    pages.reduce((sum, { flux }) => sum + flux.noisy! / 4, 0),
    12,
  );
  expect(bestBlur!.siPsnr).toBeGreaterThanOrEqual(bestBlur!.psnr);
  // A blur keeps the light.
  expect(Math.abs(bestBlur!.flux.noisy)).toBeLessThan(1e-3);
  expect(bestBlur!.gain).toBeGreaterThan(1);
  expect(bestBlur!.gain).toBeCloseTo(bestBlur!.psnr - mean.noisy!.psnr, 10);
});

test("without noisy images there is neither a gain nor a blur", async () => {
  const prediction = [await write("one.tif", [better])];
  const evaluation = await evaluateFiles({ prediction, clean: [await write("clean.tif", [clean])] });
  expect(evaluation).toEqual({
    pages: [{ file: prediction[0], page: 0, ...evaluation.mean }],
    mean: { prediction: evaluation.mean.prediction, flux: { clean: fluxDifference(better, clean) } },
  });
  expect(evaluation.mean.prediction.psnr).toBe(psnr(better, clean));
});

test("pages smaller than the SSIM window are one sentence", async () => {
  const small = {
    width: 6,
    height: 9,
    dtype: "uint8",
    data: Uint8Array.from({ length: 54 }, (_, i) => i),
  } as const;
  const path = await write("small.tif", [small]);
  const truth = await write("small-clean.tif", [{ ...small, data: small.data.toReversed() }]);
  await expect(evaluateFiles({ prediction: [path], clean: [truth] })).rejects.toThrow(
    /small\.tif is 6 x 9 pixels; expected at least 7 x 7/,
  );
});

test("confidence intervals, further metrics and classical baselines, where asked for", async () => {
  const files = {
    prediction: [await write("further.tif", [better, noisy, better])],
    clean: [await write("further-clean.tif", [clean])],
    noisy: [await write("further-noisy.tif", [noisy, noisy, noisy])],
  };
  const plain = await evaluateFiles({ ...files, baselines: quick });
  const told = new Set<string>();
  const {
    pages,
    mean,
    interval,
    baselines = [],
  } = await evaluateFiles({
    ...files,
    further: true,
    baselines: methods.classical,
    onBaseline: ({ title, done, count }) => told.add(`${title} ${done}/${count}`),
  });
  expect([...told]).toEqual(
    methods.classical.map(({ title }, i) => `${title} ${i}/${methods.classical.length}`),
  );
  expect(plain.interval!.psnr).toEqual(confidenceInterval(pages.map(({ prediction }) => prediction.psnr)));
  expect(interval).toEqual(plain.interval);
  expect(plain.mean.further).toBeUndefined();
  expect(pages[1]!.further).toEqual(furtherMetrics(noisy, clean));
  expect(mean.further!.ssimGaussian).toBeCloseTo(
    pages.reduce((sum, page) => sum + page.further!.ssimGaussian / 3, 0),
    10,
  );
  expect(baselines.map(({ method }) => method)).toEqual([
    "gaussian",
    "bilateral",
    "wiener",
    "wavelet-wiener",
    "nlm",
    "tv",
    "bm3d",
  ]);
  expect(baselines.slice(0, 1)).toEqual(plain.baselines);
  for (const { gain, psnr } of baselines.slice(1)) {
    expect(gain).toBeGreaterThan(1);
    expect(gain).toBeCloseTo(psnr - mean.noisy!.psnr, 10);
  }
  const { noisy: _, ...without } = files;
  await expect(evaluateFiles({ ...without, baselines: methods.classical })).rejects.toThrow(
    /baselines are made from the noisy images; give them as well/,
  );
});

test("where pixels are missing, the part without any is judged", async () => {
  const cut = ({ data }: Image<"float32">): Image<"float32"> => ({
    ...{ width: 37, height: 32, dtype: "float32" },
    data: data.filter((_, i) => i % 40 >= 3),
  });
  const bordered = { ...better, data: better.data.map((value, i) => (i % 40 < 3 ? Number.NaN : value)) };
  const warnings: string[] = [];
  const { mean } = await evaluateFiles({
    prediction: [await write("bordered.tif", [bordered])],
    clean: [await write("whole.tif", [clean])],
    noisy: [await write("loud.tif", [noisy])],
    onWarning: (sentence) => warnings.push(sentence),
  });
  expect(mean.prediction).toMatchObject({
    psnr: psnr(cut(better), cut(clean)),
    ssim: ssim(cut(better), cut(clean)),
  });
  expect(mean.noisy!.psnr).toBe(psnr(cut(noisy), cut(clean)));
  expect(warnings[0]).toMatch(/bordered\.tif has pixels that are NaN .* 37 x 32 pixels at x 3, y 0$/);
});

test("a clean page that is constant in what is left is named, with the part", async () => {
  const spot = image((x) => (x < 2 ? 200 : 0));
  const bordered = { ...better, data: better.data.map((value, i) => (i % 40 < 3 ? Number.NaN : value)) };
  const judged = evaluateFiles({
    prediction: [await write("left.tif", [bordered, better])],
    clean: [await write("spot.tif", [clean, spot])],
  });
  await expect(judged).rejects.toThrow(InputError);
  await expect(judged).rejects.toThrow(
    /spot\.tif#1 is constant \(every pixel is 0\) in the part without missing pixels \(37 x 32 pixels at x 3, y 0\)/,
  );
});
