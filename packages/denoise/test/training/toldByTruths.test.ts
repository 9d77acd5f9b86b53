import { type Plane, pageInMemory, simulateScenes } from "@clidim/imaging";
import { expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { splitScenes } from "../../src/data/splitScenes.js";
import { toldByTruths } from "../../src/training/toldByTruths.js";

const scenes = simulateScenes({ seed: 4, size: 96, scenes: 3, frames: 2 });

/** The captures of a field, each a file of its own with a copy of its clean image. */
const captures = (field: number): TrainingScene[] => {
  const { noisy, clean } = scenes[field]!;
  return noisy.map((page, i) => ({
    ...{ name: `field${field}-${i}.tif`, noisy: [pageInMemory(page)], averaged: false },
    clean: [pageInMemory({ ...clean, data: Float32Array.from(clean.data) })],
  }));
};

test("captures that are files of their own show fields that are trained on, as their clean images tell", async () => {
  const split = splitScenes([...captures(0), ...captures(1)], 0.5);
  expect(split.kind).toBe("scenes");
  expect(await toldByTruths(split)).toEqual({
    ...split,
    kind: "captures",
    sameField:
      "field0-1.tif shows a field that is trained on (its clean image is that of field0-0.tif) (so it is with 2 of 2 held-out clean images)",
  });
});

test("so it is with pages of a test set, which it stays", async () => {
  const [first, second] = captures(0) as [TrainingScene, TrainingScene];
  const validation = [{ name: second.name, noisy: second.noisy[0]!, clean: second.clean![0]! }];
  const told = await toldByTruths({ kind: "test", training: [first], validation });
  expect(told.kind).toBe("test");
  expect(told.sameField).toMatch(/^field0-1\.tif shows a field .* of field0-0\.tif\)$/);
});

test("splits of other fields, of other parts, of means, and without clean images are what they are", async () => {
  const [one, other] = [captures(0)[0]!, captures(1)[0]!];
  const almost = (change: (plane: Plane) => Plane): TrainingScene => {
    const { clean } = scenes[0]!;
    return { ...captures(0)[1]!, clean: [pageInMemory(change(clean))] };
  };
  const changed = almost((plane) => ({
    ...plane,
    data: Float32Array.from(plane.data, (value, i) => (i === 3 ? value + 1 : value)),
  }));
  const withoutClean = captures(0).map(({ clean: _, ...rest }) => rest);
  for (const [list, unit] of [
    [[one, other], "scenes"],
    [[one, changed], "scenes"],
    [captures(0), "regions"],
    [withoutClean, "scenes"],
    [captures(0).map((scene) => ({ ...scene, averaged: true })), "scenes"],
  ] as const) {
    const split = splitScenes(list, 0.5, unit);
    expect(await toldByTruths(split)).toBe(split);
  }
});
