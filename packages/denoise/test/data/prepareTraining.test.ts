import {
  ByteCache,
  type LazyPage,
  meanImage,
  pageInMemory,
  type RegionName,
  regionNames,
} from "@clidim/imaging";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { type Protocol, prepareTraining } from "../../src/data/prepareTraining.js";
import type { SceneSplit } from "../../src/data/splitScenes.js";

const SIDE = 40;

/** Every pixel of every page is a number of its own, from which page and place can be told. */
function scene(index: number, pages: number): TrainingScene {
  const noisy = Array.from({ length: pages }, (_, page) => ({
    width: SIDE,
    height: SIDE,
    data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => (10 * index + page) * SIDE * SIDE + i),
  }));
  const clean = [pageInMemory(meanImage(noisy))];
  return { name: `scene${index}`, noisy: noisy.map(pageInMemory), clean, averaged: true };
}

async function pixels(pages: readonly LazyPage[]): Promise<number[]> {
  const all: number[] = [];
  for (const page of pages) for (const value of Array.from((await page.read()).data)) all.push(value);
  return all;
}
const trainedOn = ({ training }: SceneSplit): Promise<number[]> =>
  pixels(training.flatMap(({ noisy }) => noisy));
const heldOut = ({ validation }: SceneSplit): Promise<number[]> =>
  pixels(validation.map(({ noisy }) => noisy));
const firstPixel = async (page: LazyPage): Promise<number> => (await page.read()).data[0]!;
const cache = new ByteCache(2 ** 20);
const clean = { target: "clean" } as const;

const plain: Protocol = { shots: 0, groundTruth: "all", regions: [], split: "auto", selection: "validation" };
const protocols = fc.record({
  shots: fc.constantFrom(0, 4),
  groundTruth: fc.constantFrom("all" as const, "shots" as const, "leave-one-out" as const),
  regions: fc.constantFrom<readonly RegionName[]>(
    [],
    ["left"],
    ["top-right", "bottom-left"],
    ["top", "bottom"],
  ),
  split: fc.constantFrom("auto" as const, "scenes" as const, "frames" as const, "regions" as const),
  selection: fc.constantFrom("validation" as const, "last" as const),
});

describe("prepareTraining", () => {
  test("no pixel is both trained on and held out, none comes from outside the regions, and shots are counted", async () => {
    await fc.assert(
      fc.asyncProperty(protocols, fc.integer({ min: 1, max: 3 }), async (protocol, count) => {
        const scenes = Array.from({ length: count }, (_, i) => scene(i, 6));
        // A strip of a region of 20 pixels is 16 at least.
        const split = prepareTraining(
          scenes,
          protocol,
          protocol.split === "regions" ? 0.8 : 0.3,
          cache,
          clean,
        );
        const trained = await trainedOn(split);
        const held = new Set(await heldOut(split));
        expect(trained.length).toBeGreaterThan(0);
        expect(trained.filter((value) => held.has(value))).toEqual([]);
        expect(new Set(trained).size).toBe(trained.length);

        const inRegions = new Set(
          protocol.regions.length === 0
            ? Array.from({ length: SIDE * SIDE }, (_, i) => i)
            : placesIn(protocol.regions),
        );
        for (const value of [...trained, ...held]) {
          if (!inRegions.has(value % (SIDE * SIDE))) expect.fail(`pixel ${value} lies outside`);
        }

        const pagesOf = (values: Iterable<number>): Set<number> =>
          new Set([...values].map((value) => Math.floor(value / SIDE ** 2)));
        if (protocol.shots > 0) {
          const pages = protocol.groundTruth === "all" ? pagesOf(trained) : pagesOf([...trained, ...held]);
          expect(pages.size).toBe(protocol.shots);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("ground truth all: the mean of all pages whatever is trained on; shots: of those alone", async () => {
    const stack = scene(0, 8);
    const first = (split: SceneSplit): Promise<number> => firstPixel(split.training[0]!.clean![0]!);
    const all = prepareTraining([stack], { ...plain, shots: 4 }, 0.25, cache, clean);
    expect(await first(all)).toBe(3.5 * SIDE * SIDE);
    // Pages 1, 3, 5, 7 are the shots, and one of them is held out.
    const own = prepareTraining([stack], { ...plain, shots: 4, groundTruth: "shots" }, 0.25, cache, clean);
    expect(await first(own)).toBe(4 * SIDE * SIDE);
    expect(await Promise.all(own.validation.map(({ clean }) => firstPixel(clean!)))).toEqual([
      4 * SIDE * SIDE,
    ]);
    const others = prepareTraining(
      [stack],
      { ...plain, shots: 4, groundTruth: "leave-one-out" },
      0,
      cache,
      clean,
    );
    const firstOf = async (pages: readonly LazyPage[]): Promise<number[]> =>
      (await Promise.all(pages.map(firstPixel))).map((value) => value / SIDE ** 2);
    expect(await firstOf(others.training[0]!.noisy)).toEqual([1, 3, 5, 7]);
    expect(await firstOf(others.training[0]!.clean!)).toEqual(
      [5, 13 / 3, 11 / 3, 3].map((value) => Math.fround(value * SIDE ** 2) / SIDE ** 2),
    );
  });

  test("as-released holds nothing out and takes the test set instead", () => {
    const split = prepareTraining([scene(0, 6)], { ...plain, selection: "as-released" }, 0.3, cache, {
      target: "clean",
      test: [scene(7, 2)],
    });
    expect(split.kind).toBe("test");
    expect(split.training[0]!.noisy).toHaveLength(6);
    expect(split.validation.map(({ name }) => name)).toEqual([
      "scene7, page 0 of the selection",
      "scene7, page 1 of the selection",
    ]);
  });

  test("each kind of split says what it is, and a strip that is too narrow is refused", () => {
    const kind = (split: Protocol["split"], scenes: number): string =>
      prepareTraining(
        Array.from({ length: scenes }, (_, i) => scene(i, 3)),
        { ...plain, split },
        0.4,
        cache,
        clean,
      ).kind;
    expect([
      kind("auto", 1),
      kind("auto", 3),
      kind("frames", 3),
      kind("scenes", 1),
      kind("regions", 1),
    ]).toEqual(["captures", "scenes", "captures", "none", "regions"]);
    expect(() => prepareTraining([scene(0, 2)], { ...plain, split: "regions" }, 0.1, cache, clean)).toThrow(
      /split regions: 0\.1 of scene0 \(40 x 40 pixels\) is a strip of 4 pixels, expected at least 16; hold out a larger fraction/,
    );
    expect(() => prepareTraining([scene(0, 2)], { ...plain, split: "regions" }, 0.995, cache, clean)).toThrow(
      /split regions: 0\.995 of scene0 \(40 x 40 pixels\) leaves nothing to train on; hold out a smaller fraction/,
    );
  });
});

test("held-out captures with one clean image have one of each region of it", () => {
  const regions = ["left", "top-right"] as const;
  const { validation } = prepareTraining(
    [0, 1].map((i) => scene(i, 6)),
    { ...plain, regions, split: "frames" },
    0.5,
    cache,
    clean,
  );
  expect(validation).toHaveLength(2 * 3 * regions.length);
  expect(new Set(validation.map((page) => page.clean)).size).toBe(2 * regions.length);
});

test("towards other captures, two pages of a scene are trained on and held out, or none", () => {
  const captures = { target: "capture" } as const;
  const scenes = [0, 1, 2].map((i) => ({ ...scene(i, 6), oneField: true }));
  const counts = ({ training }: SceneSplit): number[] => training.map(({ noisy }) => noisy.length);
  // Of 2 scenes that are not held out, 3 pages: by 2 at least, they come from one.
  const few = prepareTraining(scenes, { ...plain, shots: 3 }, 0.3, cache, captures);
  expect(counts(few)).toEqual([3]);
  const frames = prepareTraining(scenes, { ...plain, split: "frames" }, 0.1, cache, captures);
  expect(counts(frames)).toEqual([4, 4, 4]);
  expect(frames.validation).toHaveLength(6);
  const cut = prepareTraining(scenes, { ...plain, regions: ["left"] }, 0.3, cache, captures);
  for (const { noisy, capture } of [...frames.validation, ...cut.validation]) {
    expect(capture).toMatchObject({ width: noisy.width, height: noisy.height });
  }
});

test("towards the next captures, shots are neighbours, and held-out pages part those on both sides", () => {
  const next = { target: "capture", capture: "next" } as const;
  const stack = { ...scene(0, 20), oneField: true };
  const placesOf = (protocol: Partial<Protocol>, fraction: number): readonly number[] | undefined =>
    prepareTraining([stack], { ...plain, ...protocol }, fraction, cache, next).training[0]!.places;
  expect(placesOf({ shots: 4 }, 0)).toEqual([4, 5, 14, 15]);
  expect(placesOf({}, 0.1)).toEqual([...Array(20).keys()].filter((page) => page !== 10 && page !== 11));
  expect(placesOf({ shots: 4 }, 0.1)).toEqual([4, 5, 14, 15]);
  expect(placesOf({ shots: 4, split: "regions" }, 0.5)).toEqual([4, 5, 14, 15]);
});

/** The places of a page that lie in one of the regions, by looking at each. */
function placesIn(regions: readonly RegionName[]): number[] {
  expect(regions.every((region) => regionNames.includes(region))).toBe(true);
  return Array.from({ length: SIDE * SIDE }, (_, i) => i).filter((i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const horizontal = x < SIDE / 2 ? "left" : "right";
    const vertical = y < SIDE / 2 ? "top" : "bottom";
    return regions.some((region) =>
      region.split("-").every((word) => word === horizontal || word === vertical),
    );
  });
}
