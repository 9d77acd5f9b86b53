import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { complexGrid, fourier } from "../../src/registration/fourier.js";
import { FEWEST_SIGNAL, pageCorrelation } from "../../src/registration/pageCorrelation.js";

/** Blobs at random places, each a Gaussian of the same width, which can be drawn at any fraction of a pixel. */
function blobs(seed: number, size: number, dx = 0, dy = 0): Plane & { readonly data: Float64Array } {
  const random = counterRandom(seed, 7);
  const data = new Float64Array(size * size).fill(2);
  for (let blob = 0; blob < size; blob++) {
    const [cx, cy] = [(random.uniform() * 1.4 - 0.2) * size + dx, (random.uniform() * 1.4 - 0.2) * size + dy];
    const brightness = 5 + 20 * random.uniform();
    for (let y = Math.max(0, Math.floor(cy - 10)); y < Math.min(size, cy + 10); y++) {
      for (let x = Math.max(0, Math.floor(cx - 10)); x < Math.min(size, cx + 10); x++) {
        data[y * size + x]! += brightness * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 2.5 ** 2));
      }
    }
  }
  return { width: size, height: size, data };
}

function poisson({ width, height, data }: Plane, seed: number, photons = 1): Plane {
  const random = counterRandom(seed, 8);
  return { width, height, data: Float64Array.from(data, (value) => random.poisson(photons * value)) };
}

describe("fourier", () => {
  test("is the sum of its definition, and the inverse gives the values back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(99),
        (p, q, seed) => {
          const [width, height] = [2 ** p, 2 ** q];
          const random = counterRandom(seed);
          const grid = complexGrid(width, height);
          for (let i = 0; i < grid.re.length; i++)
            [grid.re[i], grid.im[i]] = [random.normal(), random.normal()];
          const before = { re: grid.re.slice(), im: grid.im.slice() };
          fourier(grid, "forward");
          const [u, v] = [width - 1, height >> 1];
          let [re, im] = [0, 0];
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const angle = -2 * Math.PI * ((u * x) / width + (v * y) / height);
              const at = y * width + x;
              re += before.re[at]! * Math.cos(angle) - before.im[at]! * Math.sin(angle);
              im += before.re[at]! * Math.sin(angle) + before.im[at]! * Math.cos(angle);
            }
          }
          expect(grid.re[v * width + u]).toBeCloseTo(re, 9);
          expect(grid.im[v * width + u]).toBeCloseTo(im, 9);
          fourier(grid, "inverse");
          for (const [i, value] of grid.re.entries()) expect(value).toBeCloseTo(before.re[i]!, 9);
          for (const [i, value] of grid.im.entries()) expect(value).toBeCloseTo(before.im[i]!, 9);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("other sides are refused", () => {
    expect(() => complexGrid(12, 8)).toThrow(/powers of two, got 12 x 8/);
  });
});

describe("pageCorrelation", () => {
  test("finds shifts of fractions of pixels under Poisson noise, whatever the units", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.double({ min: -12, max: 12, noNaN: true }),
        fc.double({ min: -12, max: 12, noNaN: true }),
        fc.constantFrom(1, 256, 1 / 4095),
        (seed, dx, dy, unit) => {
          const clean = blobs(seed, 128);
          const units = { ...clean, data: clean.data.map((value) => unit * value + 40 * unit) };
          const found = pageCorrelation(poisson(blobs(seed, 128, dx, dy), seed), units);
          // Half a pixel is what is told. Of 2500 pages of this noise the worst was 0.40 off, half were less than 0.11.
          expect(Math.hypot(found.shift.dx - dx, found.shift.dy - dy)).toBeLessThan(0.5 * found.factor);
          expect(found.shifted).toBeGreaterThan(0.75 * found.expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("the middle one of such errors is a tenth of a pixel", () => {
    const errors = Array.from({ length: 41 }, (_, seed) => {
      const [dx, dy] = [(seed - 20) / 3, (seed % 7) / 2];
      const { shift } = pageCorrelation(poisson(blobs(seed, 128, dx, dy), seed), blobs(seed, 128));
      return Math.hypot(shift.dx - dx, shift.dy - dy);
    });
    expect(errors.toSorted((a, b) => a - b)[20]).toBeLessThan(0.15);
  });

  test("pages of one scene have the correlation that their noise allows", () => {
    for (const photons of [0.05, 0.3, 3, 100]) {
      for (const seed of [1, 2, 3]) {
        const clean = blobs(seed, 128);
        const { inPlace, expected, chance } = pageCorrelation(poisson(clean, seed, photons), clean);
        expect(inPlace / expected).toBeGreaterThan(0.9);
        expect(inPlace / expected).toBeLessThan(1.1);
        expect(inPlace).toBeGreaterThan(5 * chance);
      }
    }
  });

  test("pages of other scenes have as much as chance gives", () => {
    const scores: number[] = [];
    for (let seed = 0; seed < 24; seed++) {
      const { inPlace, expected, chance } = pageCorrelation(
        poisson(blobs(seed, 128), seed),
        blobs(seed + 100, 128),
      );
      expect(expected).toBeGreaterThan(0.8);
      scores.push(inPlace / chance);
    }
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + score * score, 0) / scores.length);
    expect(deviation).toBeGreaterThan(0.6);
    expect(deviation).toBeLessThan(1.5);
  });

  test("illumination that both share is no structure", () => {
    const lit = (seed: number): Plane => {
      const page = blobs(seed, 128);
      const data = page.data.map(
        (value, i) =>
          value + 200 * Math.exp(-(((i % 128) - 64) ** 2 + (Math.floor(i / 128) - 64) ** 2) / 5000),
      );
      return { ...page, data };
    };
    const { inPlace, expected } = pageCorrelation(lit(1), lit(2));
    expect(inPlace).toBeLessThan(0.3 * expected);
  });

  test("noise alone, and no contrast at all, allow no correlation", () => {
    const flat = { width: 64, height: 64, data: new Float64Array(64 * 64).fill(20) };
    const clean = blobs(3, 64);
    const noise = pageCorrelation(poisson(flat, 1), clean);
    expect(noise.expected).toBeLessThan(FEWEST_SIGNAL);
    expect(Math.abs(noise.inPlace)).toBeLessThan(4 * noise.chance);
    expect(pageCorrelation(flat, clean)).toMatchObject({ inPlace: 0, expected: 0, chance: 1 });
  });

  test("the other sign is a correlation below 0", () => {
    const clean = gaussianBlur(blobs(5, 96), 1);
    const inverted = { ...clean, data: clean.data.map((value) => 255 - value) };
    expect(pageCorrelation(inverted, clean).inPlace).toBeLessThan(-0.95);
  });

  test("pages that differ in size or are small are refused", () => {
    expect(() => pageCorrelation(blobs(1, 64), blobs(1, 48))).toThrow(
      /one size of at least 32 x 32 pixels, got 64 x 64 and 48 x 48/,
    );
    expect(() => pageCorrelation(blobs(1, 16), blobs(1, 16))).toThrow(/got 16 x 16/);
  });
});
