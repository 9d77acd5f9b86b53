import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { type LazyPage, pageInMemory } from "../../src/image/lazyPage.js";
import { cutPlane } from "../../src/image/regions.js";
import { filledPage } from "../../src/missing/filledPage.js";
import { fillMissing } from "../../src/missing/fillMissing.js";
import { largestWhole } from "../../src/missing/largestWhole.js";
import { blankText, isBlank, missingPixels, withMissing } from "../../src/missing/missingPixels.js";

/** Any mask of any size, from none to all missing. */
const masks = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      missing: fc
        .array(fc.constantFrom(0, 0, 0, 1), { minLength: width * height, maxLength: width * height })
        .map((list) => Uint8Array.from(list)),
    }),
  );

describe("missingPixels", () => {
  test("are NaNs and infinities of floats", () => {
    expect(missingPixels({ data: Uint16Array.of(0, 65535) })).toBeUndefined();
    expect(missingPixels({ data: Float32Array.of(0, -1e38) })).toBeUndefined();
    expect(missingPixels({ data: Float32Array.of(1, Number.NaN, -Infinity, 0, Infinity) })).toEqual(
      Uint8Array.of(0, 1, 1, 0, 1),
    );
  });

  test("are put back as they were", () => {
    const before = { width: 4, height: 1, data: Float32Array.of(1, Number.NaN, -Infinity, 4) };
    const after = { width: 4, height: 1, dtype: "float32" as const, data: Float32Array.of(5, 6, 7, 8) };
    expect(withMissing(after, missingPixels(before)!, before).data).toEqual(
      Float32Array.of(5, Number.NaN, -Infinity, 8),
    );
    expect(after.data).toEqual(Float32Array.of(5, 6, 7, 8));
  });

  test("blank pages are said to be", () => {
    expect(isBlank({ data: Uint8Array.of(3, 3) })).toBe(true);
    expect(isBlank({ data: Float32Array.of(Number.NaN, 3, 3) })).toBe(true);
    expect(isBlank({ data: Float32Array.of(Number.NaN) })).toBe(true);
    expect(isBlank({ data: Float32Array.of(3, Number.NaN, 4) })).toBe(false);
    expect(blankText({ data: Float32Array.of(Number.NaN, 3) })).toBe("every pixel is 3");
    expect(blankText({ data: Float32Array.of(Number.NaN) })).toBe("no pixel has a finite value");
  });
});

describe("filledPage", () => {
  test("fills windows of a page as fillMissing fills the page, bit for bit", async () => {
    const pages = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 9, max: 150 }),
      seed: fc.nat(),
      holes: fc.constantFrom(0, 0.02, 0.5, 0.99),
      pixels: fc.integer({ min: 1, max: 3000 }),
      halvings: fc.constantFrom(undefined, 1, 2, 4),
    });
    await fc.assert(
      fc.asyncProperty(pages, fc.nat(), async ({ width, height, seed, holes, pixels, halvings }, place) => {
        const random = counterRandom(seed);
        const data = Float32Array.from({ length: width * height }, (_, i) =>
          i > 0 && random.uniform() < holes ? Number.NaN : random.normal(),
        );
        const page = pageInMemory({ width, height, data });
        const missing = missingPixels({ data });
        const whole = missing ? fillMissing({ width, height, data }, missing) : { width, height, data };
        const filled = await filledPage(page, pixels, halvings);
        expect(await filled.read()).toEqual(whole);
        const y = place % height;
        const x = place % width;
        const window = { x, y, width: width - x, height: Math.min(1 + (place % 23), height - y) };
        expect(await filled.read(window)).toEqual(cutPlane(whole, window));
      }),
    );
  });

  test("never has more of a page than bands, and needs a pixel to start from", async () => {
    const [width, height] = [64, 4000];
    const sizes: number[] = [];
    const page: LazyPage = {
      ...{ width, height, dtype: "float32" },
      async read(window) {
        const { height: rows } = window!;
        sizes.push(rows);
        return { width, height: rows, data: new Float32Array(rows * width).fill(Number.NaN) };
      },
    };
    await expect(filledPage(page, 64 * 100)).rejects.toThrow(/a pixel that is not missing, got none/);
    expect(Math.max(...sizes)).toBe(96);
    expect(sizes.reduce((a, b) => a + b)).toBe(height);
    const tiny = pageInMemory({ width: 4, height: 2, data: new Float32Array(8) });
    await expect(filledPage(tiny, 8)).rejects.toThrow(/a side of more than 4, got 4 x 2/);
  });
});

describe("fillMissing", () => {
  test("leaves what is there, and fills with values between those that are", () => {
    fc.assert(
      fc.property(masks, fc.nat(), ({ width, height, missing }, seed) => {
        fc.pre(missing.includes(0));
        const random = counterRandom(seed);
        const data = Float32Array.from(missing, (gone) => (gone ? Number.NaN : random.normal()));
        const known = data.filter(Number.isFinite);
        const filled = fillMissing({ width, height, data }, missing).data;
        for (const [i, value] of filled.entries()) {
          if (!missing[i]) expect(value).toBe(data[i]);
          expect(value).toBeGreaterThanOrEqual(Math.min(...known) - 1e-5);
          expect(value).toBeLessThanOrEqual(Math.max(...known) + 1e-5);
        }
      }),
    );
  });

  test("goes on with what is beside", () => {
    const size = 64;
    const ramp = Float32Array.from({ length: size * size }, (_, i) => i % size);
    const missing = Uint8Array.from(ramp, (_, i) => (i % size >= 20 && i % size < 24 ? 1 : 0));
    const { data } = fillMissing({ width: size, height: size, data: ramp }, missing);
    for (const [i, value] of data.entries()) expect(Math.abs(value - (i % size))).toBeLessThan(2.5);
    const border = Uint8Array.from(ramp, (_, i) => (i % size < 3 ? 1 : 0));
    const bordered = fillMissing({ width: size, height: size, data: ramp }, border).data;
    for (const [i, value] of bordered.entries()) if (border[i]) expect(Math.abs(value - 3)).toBeLessThan(2);
  });

  test("needs a pixel to start from", () => {
    expect(() =>
      fillMissing({ width: 1, height: 1, data: Float32Array.of(Number.NaN) }, Uint8Array.of(1)),
    ).toThrow(/not missing, got none/);
  });
});

describe("largestWhole", () => {
  test("is the largest of all rectangles without missing pixels", () => {
    fc.assert(
      fc.property(masks, ({ width, height, missing }) => {
        let most = 0;
        for (let top = 0; top < height; top++) {
          for (let left = 0; left < width; left++) {
            let reach = width;
            for (let y = top; y < height; y++) {
              let x = left;
              while (x < reach && !missing[y * width + x]) x++;
              reach = x;
              most = Math.max(most, (reach - left) * (y + 1 - top));
            }
          }
        }
        const found = largestWhole(missing, width);
        expect(found ? found.width * found.height : 0).toBe(most);
        if (!found) return;
        for (let y = 0; y < found.height; y++) {
          for (let x = 0; x < found.width; x++) expect(missing[(found.y + y) * width + found.x + x]).toBe(0);
        }
      }),
    );
  });

  test("is the inside of a border", () => {
    const missing = Uint8Array.from({ length: 100 }, (_, i) => (i < 20 || i % 10 === 9 ? 1 : 0));
    expect(largestWhole(missing, 10)).toEqual({ x: 0, y: 2, width: 9, height: 8 });
    expect(largestWhole(Uint8Array.of(1, 1), 2)).toBeUndefined();
  });
});
