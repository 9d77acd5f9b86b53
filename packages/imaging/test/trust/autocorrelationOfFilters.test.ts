import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { difference } from "../../src/image/difference.js";
import type { Plane } from "../../src/image/image.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { assessPage } from "../../src/trust/assessPage.js";
import { autocorrelation } from "../../src/trust/autocorrelation.js";

const SIDE = 256;
const random = counterRandom(77);
const white = {
  width: SIDE,
  height: SIDE,
  data: Float64Array.from({ length: SIDE * SIDE }, () => 500 + 20 * random.normal()),
};

/** A filter, with its weights at (dy, dx): what it makes of a single bright pixel. */
function weightsOf(filter: (page: Plane) => Plane): (dx: number, dy: number) => number {
  const side = 65;
  const data = new Float64Array(side * side);
  data[32 * side + 32] = 1;
  const response = filter({ width: side, height: side, data });
  return (dx, dy) => response.data[(32 + dy) * side + 32 + dx] ?? 0;
}

/** R(k) = (-2 h(k) + (h * h)(k)) / (1 - 2 h(0) + (h * h)(0)) */
function expected(filter: (page: Plane) => Plane, dx: number, dy: number): number {
  const h = weightsOf(filter);
  const twice = weightsOf((page) => filter(filter(page)));
  return (twice(dx, dy) - 2 * h(dx, dy)) / (1 - 2 * h(0, 0) + twice(0, 0));
}

const box = (page: Plane): Plane => {
  const { width, height, data } = page;
  const at = (x: number, y: number): number => data[((y + height) % height) * width + ((x + width) % width)]!;
  return {
    width,
    height,
    data: Float64Array.from(data, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      let sum = 0;
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += at(x + dx, y + dy) / 9;
      return sum;
    }),
  };
};

describe("the residual of a linear filter of white noise", () => {
  const filters: readonly (readonly [string, (page: Plane) => Plane])[] = [
    ...[0.4, 0.5, 0.7, 1, 2].map(
      (sigma) => [`a Gaussian of sigma ${sigma}`, (page: Plane) => gaussianBlur(page, sigma)] as const,
    ),
    ["a mean of 3 x 3", box],
    ["one half of the noise", (page) => ({ ...page, data: Float64Array.from(page.data, (v) => v / 2) })],
  ];

  test.each(filters)("correlates as derived: %s", (_, filter) => {
    const { values, maxLag } = autocorrelation(difference(white, filter(white)));
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 1],
      [2, 0],
      [2, 1],
      [3, 3],
    ] as const) {
      const value = values[(dy + maxLag) * (2 * maxLag + 1) + dx + maxLag]!;
      expect(value).toBeCloseTo(expected(filter, dx, dy), 1.5);
    }
  });

  test("has the values of the documentation", () => {
    const beside = [0.5, 1, 2].map((sigma) => expected((page) => gaussianBlur(page, sigma), 1, 0));
    expect(beside.map((value) => value.toFixed(2))).toEqual(["-0.35", "-0.17", "-0.05"]);
  });

  test.each([0.3, 0.5, 0.8, 1])("is noise that was left in: sigma %f", (sigma) => {
    const { findings } = assessPage(white, gaussianBlur(white, sigma));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(
      /^Noise was left in: .* by -0\.\d\d at (1 pixel across and 0|0 pixels across and 1) down/,
    );
  });

  test("of a wide one is nothing that stands out", () => {
    expect(assessPage(white, gaussianBlur(white, 2)).findings).toEqual([]);
  });
});

describe("the residual of structures", () => {
  const [scene] = simulateScenes({ seed: 5, size: 192, scenes: 1, frames: 1, photons: 300 });

  test("is structure that was taken away", () => {
    for (const sigma of [1.5, 3]) {
      const { findings } = assessPage(scene!.noisy[0]!, gaussianBlur(scene!.noisy[0]!, sigma));
      expect(findings.join("\n")).toMatch(/^Structure was taken away: .* by 0\.\d\d at /);
      expect(findings.join("\n")).not.toMatch(/left in/);
    }
  });

  test("that repeat is not noise that was left in, though it is as negative as positive", () => {
    const stripes = {
      ...white,
      data: white.data.map((value, i) => value + 40 * Math.cos((Math.PI * (i % SIDE)) / 1.5)),
    };
    const { findings } = assessPage(stripes, gaussianBlur(white, 2));
    expect(findings.join("\n")).toMatch(/^Structure was taken away/);
    expect(findings.join("\n")).not.toMatch(/left in/);
  });
});
