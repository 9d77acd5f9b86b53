import { type LazyPage, pageInMemory } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { cutScene, splitScenes, trainingScene } from "../../src/data/splitScenes.js";

/** A page whose only pixel tells it from others. */
const page = (value: number): LazyPage => pageInMemory({ width: 1, height: 1, data: Uint8Array.of(value) });
const values = (pages: readonly LazyPage[]): Promise<number[]> =>
  Promise.all(pages.map(async (lazy) => (await lazy.read()).data[0]!));

/** Noisy pages 10 i + page, clean pages 10 i + 5 (one for all) or as many as noisy ones. */
const scene = (i: number, pages: number, cleanPages = 1): TrainingScene => ({
  name: `scene${i}`,
  noisy: Array.from({ length: pages }, (_, k) => page(10 * i + k)),
  clean: Array.from({ length: cleanPages }, (_, k) => page(100 + 10 * i + k)),
  averaged: false,
});

describe("splitScenes", () => {
  test("holds out whole scenes, evenly spread, with all their pages", async () => {
    const scenes = Array.from({ length: 9 }, (_, i) => scene(i, 2));
    const { kind, training, validation } = splitScenes(scenes, 0.2);
    expect(kind).toBe("scenes");
    expect(training.map(({ name }) => name)).toEqual([0, 1, 3, 4, 5, 7, 8].map((i) => `scene${i}`));
    expect(await values(validation.map(({ noisy }) => noisy))).toEqual([20, 21, 60, 61]);
    expect(await values(validation.map(({ clean }) => clean!))).toEqual([120, 120, 160, 160]);
  });

  test("holds out at least one scene and trains on at least one", () => {
    const scenes = [scene(0, 1), scene(1, 1), scene(2, 1)];
    expect(splitScenes(scenes, 0.01).training).toHaveLength(2);
    expect(splitScenes(scenes, 0.99).training).toHaveLength(1);
    expect(splitScenes(scenes, 0)).toMatchObject({ kind: "none", validation: [] });
    expect(splitScenes(scenes, 0).training).toHaveLength(3);
  });

  test("of two scenes holds out one, pages only where asked for", () => {
    const scenes = [scene(0, 4), scene(1, 4)];
    const whole = splitScenes(scenes, 0.25);
    expect(whole.kind).toBe("scenes");
    expect(whole.training).toHaveLength(1);
    expect(whole.validation).toHaveLength(4);
    const frames = splitScenes(scenes, 0.25, "frames");
    expect(frames.kind).toBe("captures");
    expect(frames.training.map(({ noisy }) => noisy.length)).toEqual([3, 3]);
    expect(frames.validation).toHaveLength(2);
  });

  test("of one scene holds out pages, and says whether they have a truth of their own", async () => {
    const own = splitScenes([scene(0, 10, 10)], 0.1);
    expect(own.kind).toBe("pages");
    expect(await values(own.validation.map(({ noisy }) => noisy))).toEqual([5]);
    expect(await values(own.validation.map(({ clean }) => clean!))).toEqual([105]);
    expect(await values(own.training[0]!.noisy)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9]);
    expect(await values(own.training[0]!.clean!)).toEqual([100, 101, 102, 103, 104, 106, 107, 108, 109]);
    const shared = splitScenes([scene(0, 10)], 0.1);
    expect(shared.kind).toBe("captures");
    expect(await values(shared.training[0]!.clean!)).toEqual([100]);
    expect(shared.validation[0]!.name).toBe("scene0, page 5 of the selection");
  });

  test("of pages without a truth says whether they are captures of one field, as their axes have it", () => {
    const { clean: _, ...noisy } = scene(0, 10);
    expect(splitScenes([{ ...noisy, averaged: false, oneField: true }], 0.1).kind).toBe("captures");
    expect(splitScenes([{ ...noisy, averaged: false, oneField: false }], 0.1).kind).toBe("pages");
    const stacks = [{ axis: "T", extent: 3 } as const, { axis: "Z", extent: 3 } as const].map((extent) => ({
      ...{ name: "a", averaged: false },
      noisy: {
        name: "a",
        width: 8,
        height: 8,
        pages: noisy.noisy.slice(0, 3),
        extents: [extent],
        channels: [],
      },
    }));
    const kinds = (captures?: readonly ("T" | "Z")[]): string[] =>
      stacks.map((stack) => splitScenes([trainingScene(stack, captures)], 0.3).kind);
    expect(kinds()).toEqual(["captures", "pages"]);
    expect(kinds(["Z"])).toEqual(["pages", "captures"]);
  });

  test("pages held out of one field have the nearest of them as another capture of theirs", async () => {
    const captures = (i: number, pages: number): TrainingScene => ({ ...scene(i, pages), oneField: true });
    const others = async ({ validation }: ReturnType<typeof splitScenes>): Promise<(number | undefined)[]> =>
      Promise.all(validation.map(async ({ capture }) => capture && (await values([capture]))[0]));
    expect(await others(splitScenes([captures(0, 3), captures(1, 3)], 0.5))).toEqual([11, 12, 11]);
    expect(await others(splitScenes([captures(0, 3), captures(1, 1)], 0.5))).toEqual([undefined]);
    expect(await others(splitScenes([scene(0, 3), scene(1, 3)], 0.5))).toEqual(Array(3).fill(undefined));
    const pairs = splitScenes([captures(0, 10)], 0.2, "auto", 2);
    expect(await values(pairs.validation.map(({ noisy }) => noisy))).toEqual([4, 5]);
    expect(await others(pairs)).toEqual([5, 4]);
    expect(pairs.training[0]!.noisy).toHaveLength(8);
    expect(pairs.training[0]!.places).toEqual([0, 1, 2, 3, 6, 7, 8, 9]);
    // The two of a pair judge each other, however far away the next pair is.
    const far = splitScenes([{ ...scene(0, 40), oneField: true }], 0.1, "auto", 2);
    expect(await values(far.validation.map(({ noisy }) => noisy))).toEqual([10, 11, 30, 31]);
    expect(await others(far)).toEqual([11, 10, 31, 30]);
    // Where pages between them were left out, the nearest in time.
    const gaps = { ...captures(0, 4), places: [0, 1, 7, 8] };
    expect(await others(splitScenes([captures(1, 1), gaps], 0.5))).toEqual([1, 0, 3, 2]);
    expect(splitScenes([captures(0, 3)], 0.5, "auto", 2).kind).toBe("none");
  });

  test("scenes of one file are held out with the file, or are no other fields where it is the only one", () => {
    const ofFile = (name: string, oneField: boolean, count: number): TrainingScene[] =>
      Array.from({ length: count }, (_, i) => ({
        ...scene(i, 1),
        name: `${name}${i}`,
        file: { name, oneField },
      }));
    const several = splitScenes([...ofFile("a", true, 4), ...ofFile("b", true, 4)], 0.1);
    expect(several.kind).toBe("scenes");
    expect(several.training.map(({ name }) => name)).toEqual(["a0", "a1", "a2", "a3"]);
    expect(several.validation).toHaveLength(4);
    for (const [oneField, kind] of [
      [true, "captures"],
      [false, "pages"],
    ] as const) {
      const one = splitScenes(ofFile("a", oneField, 10), 0.2);
      expect([one.kind, one.training.length, one.validation.length]).toEqual([kind, 8, 2]);
    }
    // Of files of one page each it is as if they had none.
    const single = (own: boolean): string[] =>
      splitScenes(
        Array.from({ length: 9 }, (_, i) => ({
          ...scene(i, 1),
          ...(own && { file: { name: `${i}`, oneField: true } }),
        })),
        0.2,
      ).validation.map(({ name }) => name);
    expect(single(true)).toEqual(single(false));
  });

  test("one file with one truth for its captures is enough to say so", () => {
    const [captures, pages] = [scene(0, 20), scene(1, 20, 20)];
    expect(splitScenes([captures, pages], 0.1, "frames").kind).toBe("captures");
    // It gives no held-out page.
    expect(splitScenes([scene(0, 1), pages], 0.1, "frames").kind).toBe("pages");
  });

  test("parts of a clean page that several captures have are one page, too", () => {
    const truths = [page(100), page(101)];
    const captures = { ...scene(0, 4), clean: [truths[0]!, truths[1]!, truths[0]!, truths[1]!] };
    const { clean } = cutScene(captures, { x: 0, y: 0, width: 1, height: 1 });
    expect([clean![2] === clean![0], clean![3] === clean![1], clean![1] === clean![0]]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("names held-out pages by their file, and where that has several, by their places in the selection", () => {
    const named = (pages: number, unit: "scenes" | "frames", frames?: number): string[] =>
      splitScenes([scene(0, pages), scene(1, pages)], 0.5, unit, frames, frames).validation.map(
        ({ name }) => name,
      );
    expect(named(1, "scenes")).toEqual(["scene1"]);
    expect(named(2, "scenes")).toEqual([
      "scene1, page 0 of the selection",
      "scene1, page 1 of the selection",
    ]);
    expect(named(4, "scenes", 2)).toEqual([
      "scene1, pages 0 to 1 of the selection",
      "scene1, pages 2 to 3 of the selection",
    ]);
  });

  test("of one page holds out nothing", () => {
    expect(splitScenes([scene(0, 1)], 0.5)).toMatchObject({ kind: "none", validation: [] });
  });

  test("refuses what is no fraction", () => {
    for (const fraction of [-0.1, 1, Number.NaN]) {
      expect(() => splitScenes([scene(0, 1)], fraction)).toThrow(/^validation: expected a fraction/);
    }
  });
});
