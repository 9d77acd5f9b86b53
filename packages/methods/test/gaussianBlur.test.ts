import { counterRandom, gaussianBlur, psnr } from "@clidim/imaging";
import { goldenImages } from "@clidim/testing/goldenImages";
import { describe, expect, test } from "vitest";
import { bestGaussianBlur } from "../src/gaussianBlur/bestGaussianBlur.js";

const { x } = goldenImages();

describe("gaussianBlur", () => {
  // scipy.ndimage.gaussian_filter of x: pixels [0, 0], [5, 31], [17, 20]. Sigma 12 mirrors more than once.
  test.each([
    [0.8, [0.15764068921888438, 0.6227356003506008, 0.4356488278966911]],
    [1.5, [0.3014154339335277, 0.5493941658088273, 0.47917343239699056]],
    [12, [0.4911560655969047, 0.5049688664498894, 0.4994705770202462]],
  ])("equals scipy at sigma %f", (sigma, expected) => {
    const { data } = gaussianBlur(x, sigma);
    expect(data[0]).toBeCloseTo(expected[0]!, 12);
    expect(data[5 * 32 + 31]).toBeCloseTo(expected[1]!, 12);
    expect(data[17 * 32 + 20]).toBeCloseTo(expected[2]!, 12);
    expect(data.reduce((a, b) => a + b)).toBeCloseTo(512.1, 9);
  });

  test("works along both axes of a page that is not square, and does nothing at sigma 0", () => {
    const wide = { width: 5, height: 3, data: Float64Array.from({ length: 15 }, (_, i) => (i * 7) % 11) };
    const tall = {
      width: 3,
      height: 5,
      data: wide.data.map((_, i) => wide.data[(i % 3) * 5 + Math.floor(i / 3)]!),
    };
    const a = gaussianBlur(wide, 1.2).data;
    const b = gaussianBlur(tall, 1.2).data;
    for (let i = 0; i < 15; i++) expect(b[i]).toBeCloseTo(a[(i % 3) * 5 + Math.floor(i / 3)]!, 12);
    expect(gaussianBlur(wide, 0).data).toEqual(wide.data);
    expect(() => gaussianBlur(wide, -1)).toThrow(/sigma >= 0/);
  });
});

test("bestGaussianBlur finds the maximum over sigma and reports the metrics there", () => {
  const random = counterRandom(1);
  const clean = gaussianBlur(
    { width: 48, height: 40, data: Float64Array.from({ length: 1920 }, random.uniform) },
    3,
  );
  const noisy = [0, 1].map(() => ({ ...clean, data: clean.data.map((v) => v + 0.05 * random.normal()) }));
  const best = bestGaussianBlur(noisy, [clean]);
  const at = (sigma: number) =>
    noisy.reduce((sum, page) => sum + psnr(gaussianBlur(page, sigma), clean), 0) / 2;
  expect(best.psnr).toBeCloseTo(at(best.sigma), 12);
  for (let sigma = 0.3; sigma <= 4; sigma += 0.05) expect(best.psnr).toBeGreaterThan(at(sigma) - 1e-3);
  expect(best.sigma).toBeGreaterThan(1);
  expect(best.sigma).toBeLessThan(3.5);
  expect(best.psnr).toBeGreaterThan(at(0) + 3);
  expect(best.ssim).toBeGreaterThan(0.5);
  expect(() => bestGaussianBlur(noisy, [])).toThrow(/one clean page/);
});

test("the best blur is wider than 4 pixels where the image is smoother than that", () => {
  const [width, height] = [64, 64];
  const smooth = Float64Array.from({ length: width * height }, (_, i) => Math.sin((i % width) / 20) * 100);
  const noisy = smooth.map((value, i) => value + 400 * Math.sin(i * i * 12.9898));
  const clean = { width, height, data: smooth };
  const best = bestGaussianBlur([{ width, height, data: noisy }], [clean]);
  expect(best.sigma).toBeGreaterThan(4.2);
  expect(best.psnr).toBeGreaterThan(psnr(gaussianBlur({ width, height, data: noisy }, 4), clean));
});
