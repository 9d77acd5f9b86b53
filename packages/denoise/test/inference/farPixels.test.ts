import { type Normalization, type Plane, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import { FarPixels } from "../../src/inference/farPixels.js";

const page: Plane = { width: 8, height: 12, data: new Float32Array(96).fill(100) };
const hot = (...places: readonly number[]): Plane => {
  const data = Float32Array.from(page.data);
  for (const at of places) data[at] = 1e6;
  return { ...page, data };
};
const map: Normalization = { mode: "minmax", lowPercent: 0, highPercent: 100, bound: 1, low: 0, high: 200 };

test("counts each pixel once in bands that overlap, whatever is read of the page between", async () => {
  const far = new FarPixels([map]);
  const counted = far.counting(pageInMemory(hot(3, 5 * 8 + 2, 6 * 8 + 4, 95)));
  await counted.read({ x: 2, y: 4, width: 4, height: 4 });
  for (const [y, height] of [
    [0, 6],
    [4, 4],
    [6, 6],
  ] as const) {
    await counted.read({ x: 0, y, width: 8, height });
    await counted.read({ x: 2, y: 4, width: 4, height: 4 });
  }
  expect(far.sentence("a.tif", false)).toMatch(/^a\.tif: 4 pixels lie far outside/);
});

test("says nothing where there are none", () => {
  const far = new FarPixels([map]);
  far.add(page.data);
  expect(far.sentence("a.tif", true)).toBeUndefined();
});
