import { atOnce } from "@clidim/denoise";
import { counterRandom, type Float64Plane, type NoiseCorrelation } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { blockMatching3d } from "../../src/bm3d/blockMatching3d.js";
import { dividedBlockMatching3d, filterStrip } from "../../src/bm3d/dividedBlockMatching3d.js";
import type { BlockMatching3dOptions } from "../../src/bm3d/filtering.js";
import { bm3d } from "../../src/bm3d/method.js";
import { pageStrips } from "../../src/bm3d/pageStrips.js";
import { profileFor } from "../../src/bm3d/profiles.js";

/** Waves in noise of standard deviation 1. */
function wavy(width: number, height: number, amplitude: number): Float64Plane {
  const random = counterRandom(5);
  const data = Float64Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return amplitude * Math.sin(x / 3 + y / 17) * Math.cos(y / 5) + random.normal();
  });
  return { width, height, data };
}

/** What the strips give, and of how many there were in each round. */
function divided(page: Float64Plane, options: BlockMatching3dOptions, count: number) {
  const rounds = dividedBlockMatching3d(page, options, count);
  const strips: number[] = [];
  let step = rounds.next();
  while (!step.done) {
    strips.push(step.value.length);
    // As in another thread.
    step = rounds.next(step.value.map((task) => atOnce(filterStrip(structuredClone(task)))));
  }
  return { strips, data: step.value.data };
}

const lines: NoiseCorrelation = {
  ...{ rows: 0.1, columns: 0, reach: 1 },
  near: Float64Array.of(0, 0.05, 0, 0.2, 0.9, 0.2, 0, 0.05, 0),
};

describe("strips of a page give what the page gives, to the last bit", () => {
  test.each<[string, number, number, number, BlockMatching3dOptions, number, number[]]>([
    ["of one strip", 40, 90, 20, {}, 4, [1, 1]],
    ["of two", 33, 173, 20, {}, 2, [2, 2]],
    ["of as many as it has rows for", 24, 301, 20, {}, 16, [4, 4]],
    ["in much noise", 24, 260, 1, {}, 3, [3, 3]],
    ["in noise that pixels share", 30, 200, 20, { correlation: lines, strength: 1.2 }, 3, [2, 2]],
    ["that is small", 11, 12, 20, {}, 3, [1, 1]],
  ])("%s", (_, width, height, amplitude, options, count, strips) => {
    const page = wavy(width, height, amplitude);
    const found = divided(page, options, count);
    expect(found.strips).toEqual(strips);
    expect(found.data).toEqual(blockMatching3d(page, options).data);
  });
});

test("strips have all rows once, and begin where sums begin anew", () => {
  for (const grouping of [profileFor(10).hard, profileFor(60).wiener]) {
    for (let height = 11; height < 900; height += 23) {
      for (const count of [1, 2, 5, 16]) {
        const strips = pageStrips(height, grouping, count);
        expect(strips.length).toBeLessThanOrEqual(count);
        expect(strips.map(({ top, from }) => top + from)).toEqual([
          0,
          ...strips.slice(0, -1).map(({ top, to }) => top + to),
        ]);
        expect(strips.at(-1)!.top + strips.at(-1)!.to).toBe(height);
        for (const { top, bottom } of strips) {
          expect(top % 64).toBe(0);
          expect(bottom).toBeLessThanOrEqual(height);
        }
      }
    }
  }
});

test("a page in grey values, and one without noise, are divided alike", () => {
  const photons = wavy(48, 210, 20);
  const page = { ...photons, data: photons.data.map((value) => Math.round(100 + 3 * value)) };
  const flat = { width: 20, height: 200, data: new Float64Array(4000).fill(7) };
  for (const [noisy, rounds] of [
    [page, 2],
    [flat, 0],
  ] as const) {
    const tasks = bm3d.division!.divide(noisy, { strength: 1 }, undefined, 2);
    let [count, step] = [0, tasks.next()];
    for (; !step.done; count++) {
      step = tasks.next(step.value.map((task) => atOnce(bm3d.division!.work(task))));
    }
    expect(count).toBe(rounds);
    expect(step.value).toEqual(bm3d.apply(noisy, { strength: 1 }));
  }
});
