import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { suspectedValue } from "../../src/missing/suspectedValue.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

const SIDE = 96;
const [scene] = simulateScenes({ size: SIDE, scenes: 1, frames: 1 });
const [frame] = scene!.noisy;
const noisy: Plane = { ...frame!, data: Float64Array.from(frame!.data, (grey) => grey + 1000) };
const border = (i: number): boolean => i < 4 * SIDE;
const mapped = (map: (grey: number, i: number) => number, page: Plane = noisy): Plane => {
  return { ...page, data: Float64Array.from(page.data, map) };
};
const bordered = (value: number, page: Plane = noisy): Plane =>
  mapped((grey, i) => (border(i) ? value : grey), page);

describe("a grey value that looks like no value", () => {
  test.each([-9999, -1e30, 65535, 0])("%i around an image with an offset", (value) => {
    expect(suspectedValue(bordered(value))).toMatchObject({ value, part: 4 / SIDE });
  });

  test("beside pixels between it and the image, as interpolation makes them", () => {
    const blended = mapped((grey, i) => (i >= 4 * SIDE && i < 4 * SIDE + 30 ? grey / 2 : grey), bordered(0));
    expect(suspectedValue(blended)).toMatchObject({ value: 0 });
    expect(
      suspectedValue(mapped((grey, i) => (i === SIDE * SIDE - 1 ? Number.NaN : grey), bordered(0))),
    ).toBeDefined();
  });

  test("is none in images, dark ones, saturated ones, of few photons, with hot pixels and of one value", () => {
    const random = counterRandom(1);
    const few = mapped((grey) => random.poisson((grey - 1000) / 400));
    const dark = mapped((grey) => Math.max(0, grey - 1200));
    const limit = Float64Array.from(noisy.data).sort()[Math.floor(0.95 * SIDE * SIDE)]!;
    const saturated = mapped((grey) => Math.min(limit, grey));
    const hot = mapped((grey, i) => (i % 97 === 0 ? 65535 : grey));
    const two = mapped((_, i) => (border(i) ? 0 : 255));
    for (const page of [noisy, few, dark, saturated, hot, two, mapped(() => 7)])
      expect(suspectedValue(page)).toBeUndefined();
  });
});
