import { type Golden, goldenImages } from "@clidim/testing/goldenImages";
import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { affineFit } from "../../src/metrics/affineFit.js";
import { confidenceInterval } from "../../src/metrics/confidenceInterval.js";
import { evaluatePages, meanMetrics, pageMetrics } from "../../src/metrics/evaluatePages.js";
import { fluxDifference } from "../../src/metrics/fluxDifference.js";
import { furtherMetrics } from "../../src/metrics/furtherMetrics.js";
import { nrmse } from "../../src/metrics/nrmse.js";
import { nrmseAsReleased } from "../../src/metrics/nrmseAsReleased.js";
import { psnr } from "../../src/metrics/psnr.js";
import { psnrAsReleased } from "../../src/metrics/psnrAsReleased.js";
import { siPsnr } from "../../src/metrics/siPsnr.js";
import { ssim, ssimGaussian } from "../../src/metrics/ssim.js";
import { ssimAsReleased } from "../../src/metrics/ssimAsReleased.js";
import { studentQuantile } from "../../src/metrics/studentQuantile.js";

const { x, y } = goldenImages();
const scaled = (image: Golden) => ({
  ...image,
  data: Uint16Array.from(image.data, (value) => Math.round(200 + 9000 * value)),
});

describe("golden values (computed with NumPy and scikit-image 0.26)", () => {
  test("the pair itself", () => {
    expect(x.data.reduce((a, b) => a + b)).toBeCloseTo(512.1, 9);
    expect(y.data.reduce((a, b) => a + b)).toBeCloseTo(512.0319230769, 9);
    expect(y.data[33]).toBeCloseTo(0.5989230769, 10);
  });

  test("PSNR", () => {
    expect(psnr(y, x)).toBeCloseTo(23.4876694587, 9);
    expect(psnr(y, x, { peak: 1 })).toBeCloseTo(23.4876694587, 9);
    expect(psnr(scaled(y), scaled(x))).toBeCloseTo(23.4877185355, 9);
    expect(psnr(x, x)).toBe(Number.POSITIVE_INFINITY);
  });

  test("SSIM, default and Gaussian", () => {
    expect(ssim(y, x)).toBeCloseTo(0.9674154549, 9);
    expect(ssimGaussian(y, x)).toBeCloseTo(0.9668847426, 9);
    expect(ssim(x, x)).toBeCloseTo(1, 12);
  });

  test("NRMSE", () => {
    expect(nrmse(y, x)).toBeCloseTo(0.0669293376, 9);
    expect(nrmse(y, x, { normalization: "euclidean" })).toBeCloseTo(0.1156928212, 9);
    expect(nrmse(y, x, { normalization: "mean" })).toBeCloseTo(0.1338325361, 9);
  });

  test("SI-PSNR and the affine fit under it", () => {
    const { scale, offset } = affineFit(y, x);
    expect(scale).toBeCloseTo(1.2406221308, 9);
    expect(offset).toBeCloseTo(-0.1202520854, 9);
    expect(siPsnr(y, x)).toBeCloseTo(28.7006748706, 9);
  });

  test("the released code's: wrapped PSNR, SSIM by columns, NRMSE against itself", () => {
    expect(psnrAsReleased(scaled(y), scaled(x))).toBeCloseTo(34.3921785613, 9);
    expect(ssimAsReleased(y, x)).toBeCloseTo(0.9540151644, 9);
    expect(nrmseAsReleased(y, x)).toBeCloseTo(1.3663833918e-5, 14);
  });
});

test("SSIM follows its definition window by window on a page that is not square", () => {
  const random = counterRandom(2);
  const make = () => ({
    width: 9,
    height: 8,
    data: Float64Array.from({ length: 72 }, () => 60000 + random.uniform()),
  });
  const a = make();
  const b = make();
  const range = Math.max(...b.data) - Math.min(...b.data);
  const scores: number[] = [];
  for (const top of [0, 1]) {
    for (const left of [0, 1, 2]) {
      const pairs = Array.from({ length: 49 }, (_, k) => {
        const at = (top + Math.floor(k / 7)) * 9 + left + (k % 7);
        return [a.data[at]!, b.data[at]!] as const;
      });
      const mean = (f: (p: number, q: number) => number) =>
        pairs.reduce((sum, [p, q]) => sum + f(p, q), 0) / 49;
      const [mp, mq] = [mean((p) => p), mean((_, q) => q)];
      const cov = (f: (p: number, q: number) => number) => (mean(f) * 49) / 48;
      const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
      scores.push(
        ((2 * mp * mq + c1) * (2 * cov((p, q) => (p - mp) * (q - mq)) + c2)) /
          ((mp * mp + mq * mq + c1) * (cov((p) => (p - mp) ** 2) + cov((_, q) => (q - mq) ** 2) + c2)),
      );
    }
  }
  expect(ssim(a, b)).toBeCloseTo(scores.reduce((s, v) => s + v) / 6, 10);
});

test("pages that cannot be compared are refused", () => {
  const flat = { width: 8, height: 8, data: new Uint8Array(64).fill(3) };
  const small = { width: 4, height: 4, data: new Uint8Array(16) };
  expect(() => psnr(flat, flat)).toThrow(
    "psnr: expected a clean page with contrast, but every pixel is 3 (8 x 8)",
  );
  expect(() => ssim(small, flat)).toThrow(/differ in size \(4 x 4 and 8 x 8\)/);
  expect(() => ssim(small, small)).toThrow(/at least 7 x 7/);
  expect(() => nrmse(small, flat)).toThrow(/differ in size/);
});

test("a summary has every page and the means, with one clean page or one for each", () => {
  const each = evaluatePages([y, x], [x, y]);
  expect(each.pages.map((page) => page.psnr)).toEqual([psnr(y, x), psnr(x, y)]);
  expect(each.mean.ssim).toBeCloseTo((ssim(y, x) + ssim(x, y)) / 2, 12);
  expect(evaluatePages([y, y], [x]).mean.nrmse).toBeCloseTo(nrmse(y, x), 12);
  expect(() => evaluatePages([x, x, x], [x, x])).toThrow(/one clean page or one per prediction/);
  expect(() => meanMetrics([])).toThrow(/at least one page/);
});

describe("what the released code's metrics miss", () => {
  test("an error of exactly 256 grey values everywhere has no PSNR as released", () => {
    const clean = scaled(x);
    const off = { ...clean, data: clean.data.map((value) => value + 256) };
    expect(psnrAsReleased(off, clean)).toBe(Number.POSITIVE_INFINITY);
    expect(psnr(off, clean)).toBeCloseTo(20 * Math.log10(9000 / 256), 9);
    const little = { ...clean, data: clean.data.map((value) => value + 255) };
    expect(psnrAsReleased(little, clean)).toBeCloseTo(psnr(little, clean), 9);
  });

  test("noise that leaves the regression slope at 1 has no NRMSE as released", () => {
    const clean = { width: 2, height: 2, data: [10, 20, 10, 20] };
    const noisy = { width: 2, height: 2, data: [5, 15, 15, 25] };
    const { scale, offset } = affineFit(noisy, clean);
    const faithful = { ...noisy, data: noisy.data.map((value) => scale * value + offset) };
    expect(nrmseAsReleased(faithful, clean)).toBeCloseTo(0, 12);
    expect(nrmse(faithful, clean)).toBeGreaterThan(0.3);
  });

  test("columns in any order have the same SSIM as released", () => {
    const mirrored = (image: Golden) => ({
      ...image,
      data: image.data.map((_, k) => image.data[k - (k % 32) + ((k * 7) % 32)]!),
    });
    expect(ssimAsReleased(mirrored(y), mirrored(x))).toBeCloseTo(ssimAsReleased(y, x), 12);
    expect(Math.abs(ssim(mirrored(y), mirrored(x)) - ssim(y, x))).toBeGreaterThan(1e-4);
  });
});

test("SI-PSNR does not change with gain and offset of the prediction; PSNR does", () => {
  const dimmed = { ...y, data: y.data.map((value) => 0.3 * value + 7) };
  expect(siPsnr(dimmed, x)).toBeCloseTo(siPsnr(y, x), 9);
  expect(psnr(dimmed, x)).toBeLessThan(0);
});

test("the flux difference is that of the means, and against a noisy page that of the noise's mean", () => {
  const brighter = { ...x, data: x.data.map((value) => 1.01 * value) };
  expect(fluxDifference(brighter, x)).toBeCloseTo(0.01, 12);
  expect(fluxDifference(x, brighter)).toBeCloseTo(1 / 1.01 - 1, 12);
  expect(fluxDifference(y, x)).toBeCloseTo(512.0319230769 / 512.1 - 1, 12);
  const offset = { ...x, data: x.data.map((value) => value + 100) };
  const both = { ...x, data: brighter.data.map((value) => value + 100) };
  expect(Math.abs(fluxDifference(both, offset))).toBeLessThan(1e-4);
  const dark = { ...x, data: x.data.map(() => 0) };
  expect(fluxDifference(x, dark)).toBe(Number.POSITIVE_INFINITY);
  expect(() => fluxDifference(x, { ...x, width: 16, height: 64 })).toThrow(/differ in size/);
});

test("page metrics are the functions of their names", () => {
  expect(pageMetrics(y, x)).toEqual({
    psnr: psnr(y, x),
    ssim: ssim(y, x),
    nrmse: nrmse(y, x),
    siPsnr: siPsnr(y, x),
  });
});

test("further metrics are the functions of their names", () => {
  expect(furtherMetrics(y, x)).toEqual({
    ssimGaussian: ssimGaussian(y, x),
    nrmseMean: nrmse(y, x, { normalization: "mean" }),
    nrmseEuclidean: nrmse(y, x, { normalization: "euclidean" }),
    psnrAsReleased: psnrAsReleased(y, x),
    ssimAsReleased: ssimAsReleased(y, x),
    nrmseAsReleased: nrmseAsReleased(y, x),
  });
});

describe("confidence intervals", () => {
  // Tables of Student's t.
  test.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.30265],
    [0.975, 5, 2.57058],
    [0.975, 10, 2.22814],
    [0.95, 7, 1.89458],
    [0.995, 30, 2.75],
    [0.975, 1000, 1.96234],
  ])("quantile %f with %i degrees of freedom", (p, freedom, expected) => {
    expect(studentQuantile(p, freedom)).toBeCloseTo(expected, 4);
  });

  test("of the mean, with as many values as there are, or none", () => {
    const interval = confidenceInterval([1, 2, 3])!;
    expect(interval.low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(interval.high).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
    expect(confidenceInterval([1])).toBeUndefined();
    expect(confidenceInterval([1, Number.POSITIVE_INFINITY])).toBeUndefined();
    expect(() => studentQuantile(0.3, 4)).toThrow(/p in \[0\.5, 1\)/);
  });

  test("hold the true mean in 95 of 100 draws", () => {
    const random = counterRandom(9);
    let held = 0;
    for (let run = 0; run < 2000; run++) {
      const { low, high } = confidenceInterval(Array.from({ length: 4 }, () => random.normal()))!;
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.935);
    expect(held / 2000).toBeLessThan(0.965);
  });

  test("stand in the summary of pages", () => {
    const { interval, pages } = evaluatePages([x, y], [y, x]);
    expect(interval.ssim).toEqual(confidenceInterval(pages.map((page) => page.ssim)));
    expect(evaluatePages([y], [x]).interval.psnr).toBeUndefined();
  });
});
