import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { estimateNoise, pageVariances } from "../../src/noise/estimateNoise.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import type { NoiseModel } from "../../src/noise/noiseModel.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

const flat = (size: number, value: (i: number) => number) => ({
  width: size,
  height: size,
  data: Float64Array.from({ length: size * size }, (_, i) => value(i)),
});

interface Camera {
  readonly photons: number;
  readonly readNoise: number;
  readonly gain: number;
  readonly black: number;
  /** Grey values below 0 and above this are clipped. */
  readonly highest?: number;
}

/** The simulated scene without what is finer than a microscope resolves, from 0 to 1. */
const picture = (() => {
  const [scene] = simulateScenes({ seed: 3, size: 256, scenes: 1, frames: 1, gain: 1, offset: 0 });
  const { data, width, height } = gaussianBlur(scene!.clean, 2);
  const most = Math.max(...data);
  return { width, height, data: data.map((value) => value / most) };
})();

/** A capture of the picture, and its expectation without clipping. */
function capture({ photons, readNoise, gain, black, highest }: Camera) {
  const random = counterRandom(11);
  const clean = picture.data.map((value) => black + gain * photons * value);
  const data = picture.data.map((value) => {
    const grey = Math.round(black + gain * (random.poisson(photons * value) + readNoise * random.normal()));
    return highest === undefined ? grey : Math.min(highest, Math.max(0, grey));
  });
  return { page: { ...picture, data }, clean: clean.toSorted() };
}

/** Estimated over true standard deviation of the noise at the 5th, 50th and 95th percentile of the clean picture. */
function ratios(camera: Camera, estimate: (page: Plane) => NoiseModel = estimateNoise): number[] {
  const { gain, readNoise, black } = camera;
  const { page, clean } = capture(camera);
  const found = estimate(page);
  return [0.05, 0.5, 0.95].map((part) => {
    const signal = clean[Math.floor(part * (clean.length - 1))]!;
    // Rounding adds 1/12.
    const variance = gain * (signal - black) + (gain * readNoise) ** 2 + 1 / 12;
    return Math.sqrt(Math.max(0, found.gain * signal + found.offset) / variance);
  });
}

describe("estimateNoise", () => {
  test("finds gain and offset of a simulated camera from one page with structures", () => {
    const [gain, offset, readNoise] = [8, 100, 3];
    const [scene] = simulateScenes({ seed: 3, size: 192, scenes: 1, frames: 1, gain, offset, readNoise });
    const noise = estimateNoise(scene!.noisy[0]!);
    const truth = gain * gain * readNoise * readNoise - gain * offset;
    expect(Math.abs(noise.gain / gain - 1)).toBeLessThan(0.1);
    for (const signal of [110, 150, 250]) {
      expect(Math.abs((noise.gain * signal + noise.offset) / (gain * signal + truth) - 1)).toBeLessThan(0.1);
    }
  });

  const cameras: readonly [string, Camera][] = [5, 30, 300].flatMap((photons) =>
    [0.7, 2, 8].map((readNoise): [string, Camera] => [
      `${photons} photons, read noise ${readNoise}`,
      { photons, readNoise, gain: 8, black: 100 },
    ]),
  );
  test.each(cameras)("is right within a few per cent in dark and bright parts: %s", (_, camera) => {
    for (const ratio of ratios(camera)) expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
  });

  test("is right where there are few photons and no other noise, though it is skewed and most pixels are dark", () => {
    const [, middle, bright] = ratios({ photons: 5, readNoise: 0, gain: 8, black: 100 });
    expect(Math.abs(middle! - 1)).toBeLessThan(0.08);
    expect(Math.abs(bright! - 1)).toBeLessThan(0.04);
  });

  test("8 bit, and steps between grey values as large as the noise", () => {
    for (const ratio of ratios({ photons: 60, readNoise: 2, gain: 3, black: 10, highest: 255 })) {
      expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
    }
    for (const ratio of ratios({ photons: 1000, readNoise: 3, gain: 0.2, black: 10, highest: 255 })) {
      expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
    }
  });

  test.each([1, 8])(
    "noise that was clipped at 0, in a fifth of all pixels and half of the dark ones, is what it was before, for a camera of gain %d",
    (unit) => {
      const camera: Camera = { photons: 30, readNoise: 4, gain: unit, black: 0, highest: 65535 };
      const { page } = capture(camera);
      expect(page.data.filter((value) => value === 0).length).toBeGreaterThan(0.2 * page.data.length);
      const [dark, middle, bright] = ratios(camera, (clipped) => pageVariances(clipped).line);
      for (const ratio of [dark, middle, bright]) expect(Math.abs(ratio! - 1)).toBeLessThan(0.08);
      // Of the grey values as they are, it is what clipping has left.
      expect(ratios(camera)[0]).toBeLessThan(0.8);
    },
  );

  test("zeros among counts of photons are no clipping", () => {
    const { page } = capture({ photons: 3, readNoise: 0, gain: 1, black: 0 });
    expect(page.data.filter((value) => value === 0).length).toBeGreaterThan(0.3 * page.data.length);
    const { gain, offset } = pageVariances(page).line;
    expect(Math.abs(gain - 1)).toBeLessThan(0.06);
    expect(Math.abs(offset)).toBeLessThan(0.06);
  });

  test("saturated parts tell nothing, and take nothing away", () => {
    const camera: Camera = { photons: 120, readNoise: 2, gain: 3, black: 10, highest: 150 };
    const { page } = capture(camera);
    expect(page.data.filter((value) => value === 150).length).toBeGreaterThan(0.1 * page.data.length);
    for (const ratio of ratios(camera)) expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });

  test("the unit of grey values has no part in it", () => {
    const { page } = capture({ photons: 50, readNoise: 2, gain: 2, black: 100 });
    const { points, line } = pageVariances(page);
    for (const unit of [1e-9, 1e-5, 1e7]) {
      const scaled = pageVariances({ ...page, data: page.data.map((value) => unit * value) });
      expect(scaled.line.scatter).toBeCloseTo(line.scatter, 6);
      expect(scaled.line.gain / unit).toBeCloseTo(line.gain, 6);
      expect(scaled.points.length).toBe(points.length);
    }
  });

  test("missing pixels have no part in it, and hardly any one is left out for scattered ones", () => {
    const camera: Camera = { photons: 60, readNoise: 2, gain: 3, black: 10 };
    const rotated = (i: number): boolean => {
      const [x, y] = [(i % 256) - 127.5, Math.floor(i / 256) - 127.5];
      return Math.abs(x) + Math.abs(y) > 127;
    };
    const random = counterRandom(8);
    const dead = Uint8Array.from({ length: 256 * 256 }, () => (random.uniform() < 0.01 ? 1 : 0));
    for (const gone of [rotated, (i: number) => i % 256 < 200, (i: number) => dead[i] === 1]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const found = ratios(camera, (page) =>
          estimateNoise({
            ...page,
            data: Float32Array.from(page.data, (grey, i) => (gone(i) ? value : grey)),
          }),
        );
        // The narrow strip has fewer of the structures.
        for (const ratio of found) expect(Math.abs(ratio - 1)).toBeLessThan(0.08);
      }
    }
  });

  test("a page of which hardly a pixel is there has the noise of what is filled", () => {
    const page = flat(16, (i) => (i % 16 < 8 ? Number.NaN : i));
    expect(Number.isFinite(estimateNoise(page).offset)).toBe(true);
  });

  test("a bar of all grey values without noise takes nothing from the noise of the page", () => {
    const random = counterRandom(6);
    for (const width of [16, 40]) {
      const page = flat(256, (i) =>
        i % 256 >= 256 - width ? Math.floor(i / 256) : 12 + 2 * random.normal(),
      );
      const { gain, offset } = estimateNoise(page);
      expect(Math.abs((gain * 12 + offset) / 4 - 1), `${width}`).toBeLessThan(0.07);
    }
  });

  test("a ground of one value tells nothing, however large, and neither does a margin", () => {
    const random = counterRandom(5);
    // A disc of 200 with a deviation of 33 before nothing, a part of the page as large as this.
    for (const part of [0.45, 0.2, 0.1]) {
      const radius = Math.sqrt((part / Math.PI) * 128 * 128);
      const noise = estimateNoise(
        flat(128, (i) =>
          Math.hypot((i % 128) - 63.5, Math.floor(i / 128) - 63.5) < radius
            ? Math.max(0, Math.round(200 + 33 * random.normal()))
            : 0,
        ),
      );
      expect(Math.sqrt(noise.gain * 200 + noise.offset) / 33, `${part}`).toBeGreaterThan(0.85);
      expect(Math.sqrt(noise.gain * 200 + noise.offset) / 33, `${part}`).toBeLessThan(1.2);
    }
    for (const margin of [64, 90, 112]) {
      const noise = estimateNoise(flat(128, (i) => (i % 128 < margin ? 0 : 500 + 20 * random.normal())));
      expect(Math.abs(Math.sqrt(noise.gain * 500 + noise.offset) / 20 - 1), `${margin}`).toBeLessThan(0.15);
    }
    // A few photons: their variance is their mean, of which the few that have no neighbours hide a part.
    const sparse = estimateNoise(flat(256, () => random.poisson(0.02)));
    expect(sparse.gain).toBeGreaterThan(0.4);
    expect(sparse.gain).toBeLessThan(1.5);
    // Shapes without noise differ from their ground at a few pixels.
    const shapes = estimateNoise(flat(128, (i) => (Math.hypot((i % 128) - 50, i / 128 - 60) < 30 ? 200 : 0)));
    expect(shapes).toEqual({ gain: 0, offset: 0 });
  });

  test("noise that does not grow with the signal has about no gain; a page without noise has none", () => {
    const random = counterRandom(4);
    const noise = estimateNoise(flat(128, (i) => (i % 128) + 5 * random.normal()));
    expect(noise.gain * 64 + noise.offset).toBeGreaterThan(23);
    expect(noise.gain * 64 + noise.offset).toBeLessThan(27);
    expect(noise.gain).toBeLessThan(0.05);
    expect(estimateNoise(flat(32, (i) => i % 32))).toEqual({ gain: 0, offset: 0 });
    expect(() => estimateNoise(flat(15, (i) => i))).toThrow(/at least 16 x 16 pixels, got 15 x 15/);
  });

  /** Structures on a ground, both in photons, as a camera of gain 2.2 and read noise 1.6 sees them, and the ratio of the estimated and the true deviation of the noise at a number of photons. */
  function onGround(
    ground: number,
    structure: (x: number, y: number) => number,
    seed: number,
    spoil: (i: number) => number | undefined = () => undefined,
  ) {
    const random = counterRandom(seed);
    const [gain, readNoise, black] = [2.2, 1.6, 100];
    const found = estimateNoise(
      flat(200, (i) => {
        const photons = ground + structure(i % 200, Math.floor(i / 200));
        const grey = Math.round(black + gain * (random.poisson(photons) + readNoise * random.normal()));
        return spoil(i) ?? grey;
      }),
    );
    return (photons: number): number =>
      Math.sqrt(Math.max(0, found.gain * (black + gain * photons) + found.offset)) /
      (gain * Math.sqrt(photons + readNoise ** 2));
  }
  const places = (count: number, seed: number) => {
    const random = counterRandom(seed);
    return Array.from({ length: count }, () => [20 + 160 * random.uniform(), 20 + 160 * random.uniform()]);
  };

  test.each([
    [3, 6],
    [20, 6],
    [3, 2],
  ])("bright cells on a ground of %d photons count, though there are %d", (ground, count) => {
    for (const seed of [1, 2]) {
      const cells = places(count, seed);
      const ratio = onGround(
        ground,
        (x, y) => {
          const near = Math.min(...cells.map(([a, b]) => Math.hypot(x - a!, y - b!)));
          return near < 9 ? 300 * (0.6 + 0.4 * Math.cos(near / 4)) - ground : 0;
        },
        seed,
      );
      expect(Math.abs(ratio(ground) - 1)).toBeLessThan(0.03);
      // With bins of equal count alone it was 0.2 to 0.7, and up to 1.4.
      expect(Math.abs(Math.log(ratio(250)))).toBeLessThan(0.25);
    }
  });

  test("the ground beside filaments and around hot pixels does not count as bright", () => {
    const line = (x: number, y: number) => 150 * Math.exp(-((x - 100 - 30 * Math.sin(y / 25)) ** 2) / 2);
    expect(Math.abs(onGround(5, line, 3)(100) - 1)).toBeLessThan(0.25);
    const cells = places(6, 4);
    const cell = (x: number, y: number) =>
      300 * Math.exp(-(Math.min(...cells.map(([a, b]) => Math.hypot(x - a!, y - b!))) ** 2) / 80);
    const hot = (i: number) => (i % 397 === 0 ? 4000 : undefined);
    expect(Math.abs(onGround(3, cell, 4, hot)(250) - 1)).toBeLessThan(0.25);
  });
});
