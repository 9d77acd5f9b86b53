import { clidim, presets } from "@clidim/clidim";
import { InputError, pageInMemory } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { checkCropSize, cropWalk, drawCrop } from "../../src/data/crops.js";

/** Pixels say where they are from: scene, page, y and x in separate digits. */
function scene(index: number, width: number, height: number, noisyPages: number, cleanPages: number) {
  const page = (kind: number, p: number) => {
    const data = Float32Array.from(
      { length: width * height },
      (_, i) => kind * 1e6 + index * 1e5 + p * 1e4 + Math.floor(i / width) * 100 + (i % width),
    );
    return { ...pageInMemory({ width, height, data }), data };
  };
  return {
    name: `scene${index}`,
    noisy: Array.from({ length: noisyPages }, (_, p) => page(0, p)),
    clean: Array.from({ length: cleanPages }, (_, p) => page(1, p)),
    averaged: false,
  };
}

const scenes = [scene(0, 20, 17, 3, 1), scene(1, 12, 30, 2, 2)];
const size = 5;

/** The crop by definition: cut, turn counter-clockwise, then mirror. */
function reference(crop: ReturnType<typeof drawCrop>): number[] {
  const { width, data } = scenes[crop.scene]!.noisy[crop.page]!;
  let rows = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => data[(crop.y + i) * width + crop.x + j]!),
  );
  for (let turn = 0; turn < crop.turns; turn++)
    rows = rows[0]!.map((_, j) => rows.map((row) => row[size - 1 - j]!));
  return (crop.flip ? rows.map((row) => row.reverse()) : rows).flat();
}

const cropFor = (side: number) => clidim.cropFor(presets.laptop, side);

describe("cropWalk", () => {
  test("leads over the page as cut, turned and mirrored, in all eight orientations", () => {
    const seen = new Set<string>();
    for (let sample = 0; sample < 64; sample++) {
      const crop = drawCrop(scenes, size, 1, 7, sample);
      seen.add(`${crop.turns} ${crop.flip}`);
      const { width, data } = scenes[crop.scene]!.noisy[crop.page]!;
      const { first, alongRows, alongColumns } = cropWalk(crop, width, size);
      const walked = Array.from(
        { length: size * size },
        (_, i) => data[first + Math.floor(i / size) * alongRows + (i % size) * alongColumns],
      );
      expect(walked).toEqual(reference(crop));
    }
    expect(seen.size).toBe(8);
  });
});

describe("drawCrop", () => {
  test("takes the next capture from the page before or after that of the crop", () => {
    const some = [scene(0, 8, 8, 4, 1)];
    const crops = Array.from({ length: 4000 }, (_, sample) => drawCrop(some, 4, 0, 0, sample, "next"));
    const tally = new Map<string, number>();
    for (const { page, otherPage } of crops) {
      const place = `${page} ${otherPage}`;
      tally.set(place, (tally.get(place) ?? 0) + 1 / 4000);
    }
    expect([...tally.keys()].toSorted()).toEqual(["0 1", "1 0", "1 2", "2 1", "2 3", "3 2"]);
    for (const [place, share] of tally) {
      expect(Math.abs(share - (/^[03]/.test(place) ? 1 / 4 : 1 / 8))).toBeLessThan(0.03);
    }
  });

  test("takes no next capture from beyond pages that are left out, and no crop of a page without one", () => {
    const some = [{ ...scene(0, 8, 8, 6, 1), places: [1, 2, 5, 8, 9, 10] }];
    const pairs = Array.from({ length: 400 }, (_, sample) => drawCrop(some, 4, 0, 0, sample, "next"));
    expect(new Set(pairs.map(({ page, otherPage }) => `${page} ${otherPage}`))).toEqual(
      new Set(["0 1", "1 0", "3 4", "4 3", "4 5", "5 4"]),
    );
  });

  test("takes the other capture from any page, or from any but that of the crop", () => {
    for (const count of [2, 3]) {
      const some = [scene(0, 8, 8, count, 1)];
      const numbers = Array.from({ length: 3000 }, (_, sample) => sample);
      const any = numbers.map((sample) => drawCrop(some, 4, 0, 0, sample));
      const other = numbers.map((sample) => drawCrop(some, 4, 0, 0, sample, "other"));
      expect(other.map(({ otherPage: _, ...rest }) => rest)).toEqual(
        any.map(({ otherPage: _, ...rest }) => rest),
      );
      const apart = (crops: typeof any): number[] =>
        Array.from(
          { length: count },
          (_, by) =>
            crops.filter(({ page, otherPage }) => (otherPage - page + count) % count === by).length / 3000,
        );
      for (const share of apart(any)) expect(share).toBeCloseTo(1 / count, 1);
      const [same, ...others] = apart(other);
      expect(same).toBe(0);
      for (const share of others) expect(share).toBeCloseTo(1 / (count - 1), 1);
    }
  });

  test("depends on seed, update and sample only", () => {
    const at = (seed: number, update: number) =>
      Array.from({ length: 4 }, (_, sample) => drawCrop(scenes, size, seed, update, sample));
    expect(at(3, 10)).toEqual(at(3, 10));
    expect(at(3, 10)).not.toEqual(at(3, 11));
    expect(at(3, 10)).not.toEqual(at(4, 10));
  });

  test("reaches every scene, page and border", () => {
    const crops = Array.from({ length: 4000 }, (_, sample) => drawCrop(scenes, size, 0, 0, sample));
    const first = crops.filter((crop) => crop.scene === 0);
    expect(Math.abs(first.length - 2000)).toBeLessThan(150);
    expect(new Set(first.map((crop) => crop.page))).toEqual(new Set([0, 1, 2]));
    const extent = (values: number[]) => [Math.min(...values), Math.max(...values)];
    expect(extent(first.map((crop) => crop.x))).toEqual([0, 15]);
    expect(extent(first.map((crop) => crop.y))).toEqual([0, 12]);
  });

  test("draws another capture of the scene, whatever the page", () => {
    const crops = Array.from({ length: 1000 }, (_, sample) => drawCrop(scenes, size, 2, 0, sample));
    const pairs = (scene: number) =>
      new Set(
        crops.filter((crop) => crop.scene === scene).map(({ page, otherPage }) => `${page} ${otherPage}`),
      );
    const all = (pages: readonly number[]) => new Set(pages.flatMap((a) => pages.map((b) => `${a} ${b}`)));
    expect(pairs(0)).toEqual(all([0, 1, 2]));
    expect(pairs(1)).toEqual(all([0, 1]));
  });

  test("a crop as large as the image has one place", () => {
    const whole = [scene(0, 5, 5, 1, 1)];
    checkCropSize(whole, 5, cropFor);
    expect(drawCrop(whole, 5, 0, 0, 0)).toMatchObject({ scene: 0, page: 0, y: 0, x: 0 });
  });
});

test("checkCropSize names the file, its size and the way out", () => {
  expect(() => checkCropSize(scenes, 16, cropFor)).toThrow(InputError);
  expect(() => checkCropSize(scenes, 16, cropFor)).toThrow(
    /^scene1 is 12 x 30 pixels, smaller than the training crop of 16 x 16; the method takes no crops so small, so leave this file out/,
  );
  expect(() => checkCropSize(scenes, 16, () => ({ crop: 8, weights: { a: 0, b: [1] } }))).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /; set crop to 8 and weights\.a to 0 and weights\.b to 1, or leave this file out$/,
      ),
      keys: ["crop", "weights.a", "weights.b"],
    }),
  );
  expect(() => checkCropSize([], 16, cropFor)).toThrow(/at least one scene/);
  expect(() => checkCropSize([scene(0, 20, 20, 3, 2)], 16, cropFor)).toThrow(
    /expected 1 or 3 clean pages, got 2/,
  );
});
