import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { evaluatePages, meanMetrics } from "../../src/metrics/evaluatePages.js";
import { nrmse } from "../../src/metrics/nrmse.js";
import { psnr } from "../../src/metrics/psnr.js";
import { ssim, ssimGaussian } from "../../src/metrics/ssim.js";
import { type Golden, goldenImages } from "./goldenImages.js";

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
