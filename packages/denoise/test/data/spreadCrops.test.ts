import type { LazyPage } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { spreadCrops } from "../../src/data/spreadCrops.js";

const page = (width: number, height: number): LazyPage => ({
  ...{ width, height, dtype: "float32" },
  read: () => Promise.reject(new Error("nothing is read")),
});
const scene = (pages: number, width = 64, height = 48) => ({
  ...{ name: `${pages}`, averaged: false },
  noisy: Array.from({ length: pages }, () => page(width, height)),
  clean: [page(width, height)],
});

describe("crops that stand for those of a training", () => {
  const scenes = [scene(50), scene(10), scene(1, 300, 200)];
  const crops = spreadCrops(scenes, 30, 16);

  test("are as many from each scene, from all of its pages and places, inside the pages", () => {
    const of = scenes.map(({ noisy }) => crops.filter((crop) => noisy.includes(crop.noisy)));
    expect(of.map((own) => own.length)).toEqual([10, 10, 10]);
    expect(new Set(of[0]!.map(({ noisy }) => noisy)).size).toBe(10);
    expect(new Set(of[1]!.map(({ noisy }) => noisy)).size).toBeGreaterThan(5);
    for (const { noisy, clean, rectangle } of crops) {
      expect(clean).toBe(scenes.find((own) => own.noisy.includes(noisy))!.clean[0]);
      expect(rectangle).toMatchObject({ width: 16, height: 16 });
      expect(rectangle.x + 16).toBeLessThanOrEqual(noisy.width);
      expect(rectangle.y + 16).toBeLessThanOrEqual(noisy.height);
    }
    // Of the large page, every quarter.
    const quarters = of[2]!.map(({ rectangle: { x, y } }) => `${x < 142} ${y < 92}`);
    expect(new Set(quarters).size).toBe(4);
    expect(spreadCrops(scenes, 30, 16)).toEqual(crops);
  });

  test("are no more than there is room for, and whole pages where these are small", () => {
    expect(spreadCrops([scene(2), scene(1)], 30, 64).map(({ rectangle }) => rectangle)).toEqual(
      Array.from({ length: 3 }, () => ({ x: 0, y: 0, width: 64, height: 48 })),
    );
    expect(spreadCrops([scene(1)], 30, 32)).toHaveLength(4);
  });

  test("have the clean page of their own noisy one, or none", () => {
    const paired = { ...scene(4), clean: Array.from({ length: 4 }, () => page(64, 48)) };
    for (const { noisy, clean } of spreadCrops([paired], 8, 16)) {
      expect(paired.clean.indexOf(clean!)).toBe(paired.noisy.indexOf(noisy));
    }
    const { clean: _none, ...alone } = scene(3);
    for (const crop of spreadCrops([alone], 8, 16)) expect(crop).not.toHaveProperty("clean");
  });
});
