import { ByteCache, type LazyPage, pageInMemory } from "@clidim/imaging";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { allotShots, averageShots, keepShots } from "../../src/data/shots.js";

const onePixel = (data: ArrayLike<number>): LazyPage => pageInMemory({ width: 1, height: 1, data });
/** A scene whose pages of one pixel are 100 scene + page. */
const scene = (
  index: number,
  pages: number,
  averaged = true,
  make: (value: number) => ArrayLike<number> = (value) => Float32Array.of(value),
): TrainingScene => ({
  name: `scene${index}`,
  noisy: Array.from({ length: pages }, (_, page) => onePixel(make(100 * index + page))),
  clean: [onePixel(Float32Array.of(-1))],
  averaged,
});
const values = (pages: readonly LazyPage[]): Promise<number[]> =>
  Promise.all(pages.map(async (page) => (await page.read()).data[0]!));
const cache = new ByteCache(1000);

const pageCounts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
const counted = pageCounts.chain((counts) => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return fc.tuple(fc.constant(counts), fc.integer({ min: 1, max: total }));
});

describe("allotShots", () => {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

  test("keeps as many pages as asked for, evenly over the scenes", () => {
    fc.assert(
      fc.property(counted, ([counts, shots]) => {
        const kept = allotShots(counts, shots, 1);
        expect(kept).toHaveLength(counts.length);
        expect(total(kept)).toBe(shots);
        for (const [i, pages] of kept.entries()) {
          expect(Number.isInteger(pages) && pages >= 0 && pages <= counts[i]!).toBe(true);
        }
        // With at least as many shots as scenes, a scene has fewer than another by two or more only where it has no more.
        const most = Math.max(...kept);
        if (shots >= counts.length) {
          for (const [i, pages] of kept.entries()) {
            if (pages < most - 1) expect(pages).toBe(counts[i]);
          }
        } else {
          expect(most).toBe(1);
        }
      }),
    );
  });

  /** Whether `shots` is a sum of one number per scene, each 0 or from `least` to the scene's pages. */
  const possible = (counts: readonly number[], shots: number, least: number): boolean => {
    let sums = new Set([0]);
    for (const count of counts) {
      const next = new Set(sums);
      for (const sum of sums) for (let take = least; take <= count; take++) next.add(sum + take);
      sums = next;
    }
    return sums.has(shots);
  };

  test("with a least number, a scene keeps so many pages or none, wherever that is possible", () => {
    fc.assert(
      fc.property(counted, fc.integer({ min: 1, max: 5 }), ([counts, shots], least) => {
        if (!possible(counts, shots, least)) {
          expect(() => allotShots(counts, shots, least)).toThrow(/^shots is \d+, but .* trained towards/);
          return;
        }
        const kept = allotShots(counts, shots, least);
        expect(total(kept)).toBe(shots);
        for (const [i, pages] of kept.entries()) {
          expect(pages === 0 || (pages >= least && pages <= counts[i]!)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("takes larger scenes where those evenly spread have too few pages", () => {
    expect(allotShots([2, 2, 100], 3, 2)).toEqual([0, 0, 3]);
    expect(allotShots([2, 2, 3, 2], 5, 2)).toEqual([0, 0, 3, 2]);
  });

  test("says what would do where no choice of scenes does", () => {
    expect(() => allotShots([2, 2, 100], 1, 2)).toThrow(
      "shots is 1, but what is trained towards is made from at least 2 pages of a scene; take 2 shots or more",
    );
    expect(() => allotShots([2, 2, 2], 3, 2)).toThrow(
      "shots is 3, but every scene that is used gives at least 2 pages, as what is trained towards needs that many: the 1 with the most have 2; take 2 shots or 4",
    );
    for (const shots of [2, 4]) expect(total(allotShots([2, 2, 2], shots, 2))).toBe(shots);
  });

  test("spreads the scenes", () => {
    expect(allotShots([3, 3, 3, 3], 2, 1)).toEqual([0, 1, 0, 1]);
    expect(allotShots([3, 3, 3, 3], 4, 2)).toEqual([0, 2, 0, 2]);
  });

  test("refuses more shots than there are pages, with both numbers", () => {
    expect(() => allotShots([2, 1], 4, 1)).toThrow(
      "shots is 4, but there are only 3 noisy pages to choose from",
    );
    expect(() => allotShots([1, 1, 2], 4, 2)).toThrow(
      "shots is 4, but only 2 pages belong to scenes with at least 2; what is trained towards needs that many",
    );
  });
});

describe("keepShots", () => {
  test("0 are all; scenes without shots are left out; clean pages stay with theirs", async () => {
    const own: TrainingScene = { ...scene(1, 3, false), clean: scene(9, 3).noisy };
    expect(keepShots([scene(0, 3), own], 0, 1)).toHaveLength(2);
    const [kept, ...others] = keepShots([scene(0, 3), own], 1, 1);
    expect(others).toEqual([]);
    expect([await values(kept!.noisy), await values(kept!.clean!)]).toEqual([[101], [901]]);
  });

  test("spreads the pages of one scene, or pairs of neighbours, and keeps where they lie", async () => {
    const places = (shots: number, neighbours: boolean, of = scene(0, 100)): readonly number[] =>
      keepShots([of], shots, 1, neighbours)[0]!.places!;
    expect(places(4, false)).toEqual([12, 37, 62, 87]);
    expect(places(4, true)).toEqual([24, 25, 74, 75]);
    expect(places(5, true)).toEqual([23, 24, 25, 74, 75]);
    expect(places(100, true)).toEqual(Array.from({ length: 100 }, (_, page) => page));
    // Of a scene without some of its pages, those that are still one behind the other come first.
    const some = { ...scene(0, 5), places: [3, 5, 8, 9, 12] };
    expect(places(2, true, some)).toEqual([8, 9]);
    expect(places(3, true, some)).toEqual([3, 8, 9]);
    expect(await values(keepShots([some], 2, 1, true)[0]!.noisy)).toEqual([2, 3]);
  });
});

describe("averageShots", () => {
  const kinds = {
    float32: (value: number) => Float32Array.of(value),
    uint16: (value: number) => Uint16Array.of(value),
  };
  test.each(["float32", "uint16"] as const)(
    "shots: one mean of all; leave-one-out: for each %s page the mean of the others",
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 2, max: 9 }), async (pages) => {
          const own = scene(2, pages, true, kinds[kind]);
          const all = await values(own.noisy);
          const mean = (list: readonly number[]): number =>
            Math.fround(list.reduce((a, b) => a + b, 0) / list.length);
          expect(await values(averageShots(own, "shots", cache).clean!)).toEqual([mean(all)]);
          expect(await values(averageShots(own, "leave-one-out", cache).clean!)).toEqual(
            all.map((_, page) => mean(all.filter((_, other) => other !== page))),
          );
        }),
      );
      expect(cache.byteLength).toBeGreaterThan(0);
    },
  );

  test("refuses a scene with clean images, and one page", () => {
    expect(() => averageShots(scene(0, 3, false), "shots", cache)).toThrow(
      /groundTruth shots makes the clean images from the noisy pages, but scene0 comes with clean images; leave these out, so that they are averaged$/,
    );
    expect(() => averageShots(scene(0, 1), "leave-one-out", cache)).toThrow(
      /groundTruth leave-one-out: scene0 has 1 page, expected at least 2/,
    );
  });
});
