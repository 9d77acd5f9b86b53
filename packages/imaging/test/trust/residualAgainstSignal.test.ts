import { describe, expect, test } from "vitest";
import { nonLocalMeans } from "../../../methods/src/nonLocalMeans/nonLocalMeans.js";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { percentile } from "../../src/image/percentile.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { stabilized } from "../../src/noise/stabilized.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { assessPage } from "../../src/trust/assessPage.js";
import { residualAgainstSignal } from "../../src/trust/residualAgainstSignal.js";
import { surroundings } from "../../src/trust/surroundings.js";

const page = (width: number, height: number, value: (x: number, y: number) => number) => ({
  width,
  height,
  data: Float64Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

const changed = (plane: Plane, change: (value: number, at: number) => number): Plane => ({
  ...plane,
  data: Float64Array.from(plane.data, change),
});

describe("surroundings", () => {
  test("are the mean of the 16 pixels at distance 2, as a plain loop says", () => {
    const random = counterRandom(3);
    const noise = page(9, 7, () => 100 * random.uniform());
    const expected = page(9, 7, (x, y) => {
      const values: number[] = [];
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) {
          const [i, j] = [x + dx, y + dy];
          const inside = i >= 0 && j >= 0 && i < 9 && j < 7;
          if (Math.max(Math.abs(dx), Math.abs(dy)) === 2 && inside) values.push(noise.data[j * 9 + i]!);
        }
      }
      return values.reduce((a, b) => a + b) / values.length;
    });
    surroundings(noise).data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.data[i]!, 9);
    });
    expect(() => surroundings(page(2, 9, () => 0))).toThrow(/at least 3 x 3 pixels, got 2 x 9/);
  });
});

describe("residualAgainstSignal", () => {
  const noisy = page(48, 40, (x, y) => (x < 24 ? 10 : 30) + ((x + y) % 2 === 0 ? 2 : -2));

  test("has mean and deviation of the residual of each range, and joins small ones", () => {
    const denoised = page(48, 40, (x) => (x < 24 ? 10 : 25));
    const bins = residualAgainstSignal(noisy, denoised, 2);
    expect(bins.map(({ pixels }) => pixels)).toEqual([960, 960]);
    expect(bins[0]).toMatchObject({ signal: 10, mean: 0, deviation: 2 });
    expect(bins[1]).toMatchObject({ signal: 30, mean: 5, deviation: 2 });
    for (const { error, noise, pixels } of bins)
      expect(error).toBeGreaterThanOrEqual(noise / Math.sqrt(pixels));
    const many = residualAgainstSignal(noisy, denoised, 16);
    expect(many.reduce((sum, { pixels }) => sum + pixels, 0)).toBe(48 * 40);
    for (const { pixels } of many) expect(pixels).toBeGreaterThanOrEqual(64);
    expect(
      residualAgainstSignal(
        changed(noisy, () => 7),
        denoised,
      ),
    ).toHaveLength(1);
    expect(() => residualAgainstSignal(noisy, denoised, 0)).toThrow(/at least 1 bin/);
    expect(() =>
      residualAgainstSignal(
        noisy,
        page(40, 40, () => 0),
      ),
    ).toThrow(/pages of one size/);
  });

  test("says where many pixels lie at an end of the page's values", () => {
    const random = counterRandom(9);
    const wide = page(64, 64, (x) => (x < 32 ? 10 : 60) + 8 * random.normal());
    const clipped = changed(wide, (value) => Math.max(10, value));
    const truth = page(64, 64, (x) => (x < 32 ? 10 : 60));
    const bins = residualAgainstSignal(clipped, truth, 2);
    expect(bins.map((bin) => bin.clipped)).toEqual([true, false]);
    // Clipped noise has a mean of its own, about which nothing is claimed.
    expect(bins[0]!.mean).toBeGreaterThan(2);
    expect(assessPage(clipped, truth).findings.filter((sentence) => /come out/.test(sentence))).toEqual([]);
  });

  test("the stated error holds where the noise of neighbours is alike", () => {
    let [outside, bins] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const random = counterRandom(41, seed);
      const truth = page(96, 96, (x) => 100 + x);
      const noise = gaussianBlur(
        page(96, 96, () => 20 * random.normal()),
        0.6,
      );
      // Ranges of the truth's own, so that the choice of pixels shares no noise.
      for (const bin of residualAgainstSignal(
        changed(truth, (value, i) => value + noise.data[i]!),
        truth,
        4,
      )) {
        bins++;
        if (Math.abs(bin.mean) > 3 * bin.error) outside++;
      }
    }
    expect(outside / bins).toBeLessThan(0.1);
  });
});

/** The finding of a sentence: by how much pixels are too dark, and what is said of the error. */
function claims(findings: readonly string[]): { signal: number; dark: number; error: number }[] {
  return findings.flatMap((sentence) => {
    const match =
      /^Pixels of about (\S+) come out (\S+) \(give or take (\S+)\) grey values too (dark|bright)/.exec(
        sentence,
      );
    if (!match) return [];
    const [, signal, size, error, kind] = match;
    return [
      { signal: Number(signal), dark: Number(size) * (kind === "dark" ? 1 : -1), error: Number(error) },
    ];
  });
}

describe("findings about intensities agree with the truth", () => {
  const denoisers: readonly (readonly [string, (noisy: Plane, clean: Plane) => Plane])[] = [
    ...[0.3, 0.5, 1, 2, 4].map(
      (sigma) => [`blur of sigma ${sigma}`, (noisy: Plane) => gaussianBlur(noisy, sigma)] as const,
    ),
    ...[0.4, 1].map(
      (strength) =>
        [
          `non-local means of strength ${strength}`,
          (noisy: Plane) => stabilized((p) => nonLocalMeans(p, { strength, sigma: 1 }), noisy),
        ] as const,
    ),
    ["the truth", (_, clean) => clean],
    ["the noisy page", (noisy) => noisy],
    ["0.9 of the truth", (_, clean) => changed(clean, (value) => 0.9 * value)],
    ["the truth and 30", (_, clean) => changed(clean, (value) => value + 30)],
    [
      "the truth without its brightest values",
      (_, clean) => {
        const top = percentile([clean], 97);
        return changed(clean, (value) => Math.min(value, top));
      },
    ],
  ];
  const seen = new Map<string, number>();

  test.each([10, 30, 100, 1000])("at %i photons", (photons) => {
    for (const [seed, size] of [
      [3, 64],
      [4, 128],
    ] as const) {
      const [scene] = simulateScenes({ seed, size, scenes: 1, frames: 1, photons });
      const noisy = scene!.noisy[0]!;
      const { clean } = scene!;
      for (const [name, denoise] of denoisers) {
        const denoised = denoise(noisy, clean);
        const { findings } = assessPage(noisy, denoised);
        // The same pixels, with the truth in place of the noisy values.
        const bins = residualAgainstSignal(noisy, denoised);
        const trueBins = trueResiduals(noisy, denoised, clean);
        for (const { signal, dark, error } of claims(findings)) {
          const at = bins.findIndex((bin) => Number(bin.signal.toPrecision(3)) === signal);
          const truth = trueBins[at]!;
          const what = `${name}, ${photons} photons: ${signal} too dark by ${dark} give or take ${error}, in truth ${truth}`;
          expect(Math.sign(dark), what).toBe(Math.sign(truth));
          expect(Math.abs(dark - truth), what).toBeLessThan(error);
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
        if (name === "the truth" || name === "the noisy page") expect(claims(findings)).toEqual([]);
      }
    }
  });

  test("and are made where intensities are far off", () => {
    for (const name of [
      "blur of sigma 4",
      "0.9 of the truth",
      "the truth and 30",
      "the truth without its brightest values",
    ]) {
      expect(seen.get(name), name).toBeGreaterThanOrEqual(3);
    }
  });

  test("a blur of sigma 0.5 leaves noise in, and its dark pixels are not called too bright", () => {
    const [scene] = simulateScenes({ seed: 0, size: 256, scenes: 1, frames: 1 });
    const noisy = scene!.noisy[0]!;
    const { findings } = assessPage(noisy, gaussianBlur(noisy, 0.5));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/^Noise was left in/);
  });

  test("are made with reservation where pixels may share noise with those by which they were chosen", () => {
    const [scene] = simulateScenes({ seed: 3, size: 128, scenes: 1, frames: 1, photons: 10 });
    const { clean } = scene!;
    const noise = gaussianBlur(
      changed(scene!.noisy[0]!, (value, i) => value - clean.data[i]!),
      1.5,
    );
    const { findings } = assessPage(
      changed(clean, (value, i) => value + noise.data[i]!),
      clean,
    );
    const made = findings.filter((sentence) => /come out/.test(sentence));
    expect(made.length).toBeGreaterThan(0);
    for (const sentence of made)
      expect(sentence).toMatch(/unless the noise itself is correlated over two pixels/);
  });

  /** By how much the pixels of each range are too dark in truth: with the same noisy page, denoised + noisy - clean has the residual clean - denoised in the same ranges. */
  function trueResiduals(noisy: Plane, denoised: Plane, clean: Plane): number[] {
    const shifted = changed(denoised, (value, i) => value + noisy.data[i]! - clean.data[i]!);
    return residualAgainstSignal(noisy, shifted).map(({ mean }) => mean);
  }
});
