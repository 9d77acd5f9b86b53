import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { assessPage } from "../../src/trust/assessPage.js";
import { autocorrelation } from "../../src/trust/autocorrelation.js";
import { CHECKERBOARD_LIMIT, checkerboard } from "../../src/trust/checkerboard.js";
import { flux } from "../../src/trust/flux.js";

const page = (width: number, height: number, value: (x: number, y: number) => number) => ({
  width,
  height,
  data: Float64Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

describe("autocorrelation", () => {
  test("of stripes is the cosine of the lag", () => {
    const { values } = autocorrelation(
      page(64, 48, (x) => Math.cos((2 * Math.PI * x) / 8)),
      8,
    );
    const at = (dy: number, dx: number): number => values[(dy + 8) * 17 + dx + 8]!;
    // A lag takes off pairs at the border, which unbalances whole periods a little.
    for (const [dy, dx, expected] of [
      [0, 0, 1],
      [3, 0, 1],
      [0, 8, 1],
      [-2, 4, -1],
      [5, -2, 0],
    ] as const) {
      expect(at(dy, dx)).toBeCloseTo(expected, 1);
      expect(at(-dy, -dx)).toBe(at(dy, dx));
    }
  });

  test("of white noise stays below its bound; of blurred noise it does not, and is what the blur says", () => {
    const random = counterRandom(21);
    const white = page(128, 96, () => 5 + random.normal());
    const result = autocorrelation(white);
    expect(result.highest.value).toBeLessThan(result.whiteBound);
    expect(result.lowestNear.value).toBeGreaterThan(-result.whiteBound);
    const { highest, whiteBound } = autocorrelation(gaussianBlur(white, 1));
    // A Gaussian of sigma 1 correlates neighbours by exp(-1 / 4).
    expect(Math.abs(highest.dx) + highest.dy).toBe(1);
    expect(highest.value).toBeCloseTo(Math.exp(-0.25), 1);
    expect(highest.value).toBeGreaterThan(5 * whiteBound);
    expect(autocorrelation(page(10, 10, () => 3))).toMatchObject({
      highest: { value: 0 },
      lowestNear: { value: 0 },
    });
    expect(() => autocorrelation(page(8, 20, () => 3))).toThrow(/lags from 1 to below/);
  });

  test("of small pages of white noise, too, whose long lags have few pairs, 1 in 100 is beyond the bound", () => {
    const { normal } = counterRandom(22);
    const pages = Array.from({ length: 300 }, () => autocorrelation(page(20, 24, normal)));
    expect(pages.filter(({ highest, whiteBound }) => highest.value > whiteBound).length).toBeLessThan(6);
  });
});

test("flux is the ratio of the sums, with and without the background", () => {
  const noisy = page(20, 20, (x) => (x < 10 ? 100 : 200));
  const dimmer = page(20, 20, (x) => (x < 10 ? 100 : 180));
  expect(flux(noisy, noisy)).toEqual({ ratio: 1, ratioAboveBackground: 1 });
  expect(flux(noisy, dimmer).ratio).toBeCloseTo(280 / 300, 12);
  expect(flux(noisy, dimmer).ratioAboveBackground).toBeCloseTo(0.8, 12);
});

test("of grey values about 0 there is no ratio of all light, and no finding of one", () => {
  const { normal } = counterRandom(3);
  const structure = (x: number, y: number): number => 10 * Math.sin(x / 5) * Math.sin(y / 7);
  const clean = page(96, 96, structure);
  const mean = clean.data.reduce((sum, value) => sum + value, 0) / clean.data.length;
  const noisy = page(96, 96, (x, y) => structure(x, y) - mean + 0.02 + 0.5 * normal());
  const biased = page(96, 96, (x, y) => structure(x, y) - mean + 2);
  expect(flux(noisy, biased)).toEqual({ ratioAboveBackground: expect.any(Number) });
  expect(
    flux(
      page(8, 8, () => 0),
      page(8, 8, () => 0),
    ),
  ).toEqual({});
  const { findings } = assessPage(noisy, biased);
  expect(findings.join()).toMatch(
    /The denoised page holds \d+\.\d % of the light of the noisy one above the background; its intensities/,
  );
});

describe("checkerboard", () => {
  const smooth = (width: number, height: number, grid: (x: number, y: number) => number) => {
    const random = counterRandom(5, width, height);
    return page(
      width,
      height,
      (x, y) => 100 + 40 * Math.sin(x / 9) * Math.cos(y / 11) + random.normal() + grid(x, y),
    );
  };
  const cases: [string, (x: number, y: number) => number, keyof ReturnType<typeof checkerboard>][] = [
    ["a checkerboard", (x, y) => ((x + y) % 2 === 0 ? 0.5 : -0.5), "nyquist"],
    ["stripes of period 2", (x) => (x % 2 === 0 ? 0.5 : -0.5), "period2"],
    ["a grid of period 4", (x, y) => Math.cos((Math.PI * x) / 2) + Math.cos((Math.PI * y) / 2), "period4"],
    ["diagonals of period 8", (x, y) => 2 * Math.cos((Math.PI * (x - 3 * y)) / 4), "period8"],
  ];
  test.each(cases)("finds %s, weaker than the noise", (_, grid, key) => {
    for (const [width, height] of [
      [128, 96],
      [131, 101],
    ] as const) {
      const found = checkerboard(smooth(width, height, grid));
      expect(found[key]).toBeGreaterThan(CHECKERBOARD_LIMIT);
      for (const other of ["nyquist", "period2", "period4", "period8"] as const) {
        const both = key === "nyquist" && other === "period2";
        if (other !== key && !both) expect(found[other]).toBeLessThan(CHECKERBOARD_LIMIT);
      }
    }
  });

  test("is about 1 on average for noise, and small for microscopy without a grid", () => {
    const totals = { nyquist: 0, period2: 0, period4: 0, period8: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const random = counterRandom(seed);
      const found = checkerboard(page(64, 64, () => random.normal()));
      for (const key of ["nyquist", "period2", "period4", "period8"] as const) totals[key] += found[key] / 40;
    }
    expect(totals.period2).toBeGreaterThan(0.5);
    expect(totals.period2).toBeLessThan(1.6);
    expect(totals.period8).toBeGreaterThan(0.85);
    expect(totals.period8).toBeLessThan(1.15);
    for (const { clean, noisy } of simulateScenes({ scenes: 3, frames: 1 })) {
      for (const image of [clean, noisy[0]!, gaussianBlur(noisy[0]!, 1)]) {
        for (const value of Object.values(checkerboard(image)))
          expect(value).toBeLessThan(CHECKERBOARD_LIMIT);
      }
    }
    expect(() => checkerboard(page(33, 31, () => 0))).toThrow(/at least 32 x 32 pixels, got 33 x 31/);
    expect(checkerboard(page(32, 32, () => 0)).nyquist).toBe(1);
  });
});

describe("assessPage", () => {
  const [scene] = simulateScenes({ seed: 8, size: 128, scenes: 1, frames: 1 });
  const noisy = scene!.noisy[0]!;
  const clean = scene!.clean;
  const OFFSET = 5000;
  const black = Math.min(...clean.data);

  test("finds nothing wrong with the truth", () => {
    const { findings, residual: difference, flux: light } = assessPage(noisy, clean, 4);
    expect(findings).toEqual([]);
    expect(Math.abs(difference.mean)).toBeLessThan(difference.deviation / 20);
    expect(light.ratio).toBeCloseTo(1, 1);
  });

  test.each([
    [
      "structures in the residual",
      gaussianBlur(clean, 4),
      /^Structure was taken away: the residual correlates with itself by 0\.\d\d/,
    ],
    [
      "light lost beside a camera's offset",
      { ...clean, data: clean.data.map((v) => OFFSET + 0.8 * v + 0.2 * black) },
      /holds 9[89]\.\d % of the light of the noisy one, [78]\d\.\d % of that above the background/,
      { ...noisy, data: noisy.data.map((v) => OFFSET + v) },
    ],
    ["lost light", { ...clean, data: clean.data.map((v) => 0.9 * v) }, /holds \d\d\.\d % of the light/],
    [
      "bright pixels made darker",
      { ...clean, data: clean.data.map((v) => (v > 180 ? 180 + (v - 180) / 2 : v)) },
      /grey values too dark on average/,
    ],
    [
      "a checkerboard",
      { ...clean, data: clean.data.map((v, i) => v + ((i + Math.floor(i / 128)) % 2 === 0 ? 3 : -3)) },
      /shows a checkerboard of single pixels/,
    ],
  ])("finds %s", (_, denoised, sentence, page: typeof noisy = noisy) => {
    expect(assessPage(page, denoised).findings.join("\n")).toMatch(sentence);
  });

  test("calls a grid real from 20 times the power around it", () => {
    const random = counterRandom(17);
    const plain = page(64, 64, () => 100 + random.normal());
    const withGrid = (amplitude: number) =>
      page(64, 64, (x, y) => plain.data[64 * y + x]! + ((x + y) % 2 === 0 ? amplitude : -amplitude));
    /** The amplitude of a checkerboard at which its power is `ratio` times that around it. */
    const amplitudeFor = (ratio: number): number => {
      let [low, high] = [0, 5];
      for (let i = 0; i < 40; i++) {
        const middle = (low + high) / 2;
        if (checkerboard(withGrid(middle)).nyquist < ratio) low = middle;
        else high = middle;
      }
      return high;
    };
    const findingsAt = (ratio: number): string =>
      assessPage(plain, withGrid(amplitudeFor(ratio))).findings.join("\n");
    expect(findingsAt(19.5)).not.toMatch(/checkerboard/);
    expect(findingsAt(20.5)).toMatch(/shows a checkerboard of single pixels/);
  });
});
