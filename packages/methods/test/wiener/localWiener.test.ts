import { readFileSync } from "node:fs";
import { atOnce } from "@clidim/denoise";
import { counterRandom, gaussianBlur, type Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { fitWindow } from "../../src/wiener/fitWindow.js";
import { localWiener } from "../../src/wiener/localWiener.js";
import { wienerRisk } from "../../src/wiener/wienerRisk.js";

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly page: readonly number[];
  readonly wiener: readonly {
    readonly window: number;
    readonly sigma: number;
    readonly result: readonly number[];
  }[];
}

/** Written by `fixture.py`. */
const golden: Golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const { width, height } = golden;
const page: Plane = { width, height, data: Float64Array.from(golden.page) };

const furthest = ({ data }: Plane, expected: readonly number[]): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);

const squares = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length;

const random = (seed: number, side: number, scale: number) => {
  const { normal } = counterRandom(seed);
  return {
    width: side,
    height: side,
    data: Float64Array.from({ length: side * side }, () => 50 + scale * normal()),
  };
};

describe("localWiener", () => {
  test.each(golden.wiener)("equals scipy: window $window, sigma $sigma", ({ result, ...options }) => {
    expect(furthest(localWiener(page, options), result)).toBeLessThan(1e-8);
    expect(furthest(page, result)).toBeGreaterThan(0.4);
  });

  test("noise alone becomes nearly its mean, what is far above the noise is kept", () => {
    const noise = localWiener(random(5, 48, 1), { window: 9 });
    expect(squares(noise.data.map((value) => value - 50))).toBeLessThan(0.12);
    const signal = random(6, 48, 100);
    const kept = localWiener(signal, { window: 5 });
    expect(squares(kept.data.map((value, i) => value - signal.data[i]!))).toBeLessThan(0.05);
  });

  test("refuses windows that are none", () => {
    expect(() => localWiener(page, { window: 4 })).toThrow(
      /expected an odd window of at least 3 pixels, got 4/,
    );
    expect(() => localWiener(page, { window: 3, sigma: 0 })).toThrow(/expected sigma > 0, got 0/);
  });
});

describe("wienerRisk", () => {
  const side = 256;
  const windows = [3, 5, 9, 17] as const;
  // Structures that are larger and smaller, rougher and smoother than some window.
  const cases = [1, 2.5, 6].map((blur) => {
    const clean = gaussianBlur(random(9, side, 1), blur);
    const scale = 1 / Math.sqrt(squares(clean.data.map((value) => value - 50)));
    const { normal } = counterRandom(10, 2 * blur);
    const data = clean.data.map((value) => 50 + 2 * scale * (value - 50));
    return { blur, clean: data, noisy: { ...clean, data: data.map((value) => value + normal()) } };
  });

  test.each(cases)("is the error against the clean page: structures of $blur pixels", ({ clean, noisy }) => {
    const even = new Float64Array(side * side).fill(1);
    for (const window of windows) {
      const { data } = localWiener(noisy, { window });
      const error = squares(data.map((value, i) => value - clean[i]!));
      expect(Math.abs(wienerRisk(noisy, window, even) - error)).toBeLessThan(0.02);
    }
  });

  test("pixels of weight 0 do not count", () => {
    const [{ noisy }] = cases as [(typeof cases)[number]];
    const weights = Float64Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? 2 : 0));
    const changed = noisy.data.map((value, i) => (i % side > 200 ? 0 : value));
    const risk = wienerRisk(noisy, 5, weights);
    expect(risk).toBeGreaterThan(0.1);
    // Less the mean of the page, which is another: rounding alone.
    expect(wienerRisk({ ...noisy, data: changed }, 5, weights)).toBeCloseTo(risk, 9);
  });

  test("fitWindow takes wider windows where structures are larger", () => {
    const chosen = cases.map(({ noisy }) => atOnce(fitWindow([noisy], windows, { gain: 0, offset: 1 })));
    expect(chosen[2]).toBeGreaterThan(chosen[0]!);
    expect(chosen).toEqual(chosen.toSorted((a, b) => a - b));
  });

  test("fitWindow knows of noise that pixels share, which a small window takes for structure", () => {
    const smooth = gaussianBlur(random(13, 128, 1), 0.8).data.map((value) => value - 50);
    const deviation = Math.sqrt(squares(smooth));
    const spots = [
      [30, 40, 9],
      [90, 30, 4],
      [70, 90, 12],
      [20, 100, 6],
    ] as const;
    const data = smooth.map((value, i) => {
      const [x, y] = [i % 128, Math.floor(i / 128)];
      const signal = spots.map(([a, b, s]) => Math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * s * s)));
      return 300 + 800 * signal.reduce((sum, one) => sum + one, 0) + (60 * value) / deviation;
    });
    expect(atOnce(fitWindow([{ width: 128, height: 128, data }], [3, 5, 9]))).toBe(9);
  });
});
