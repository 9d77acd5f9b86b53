import { atOnce, bestAtOnce, type ClassicalMethod, withoutHotPixels } from "@clidim/denoise";
import { counterRandom, cutPlane, gaussianBlur, type Plane, psnr, simulateScenes } from "@clidim/imaging";
import { thorough } from "@clidim/testing/thorough";
import { describe, expect, test } from "vitest";
import { bm3d } from "../src/bm3d/method.js";
import { jInvariantLoss } from "../src/calibration/jInvariantLoss.js";
import { methods } from "../src/registry.js";

interface Pair {
  readonly noisy: Plane;
  readonly clean: Plane;
}

const simulated = (seed: number, photons: number, scenes = 2): Pair[] =>
  simulateScenes({ seed, photons, size: 80, scenes, frames: 1 }).map(({ noisy, clean }) => ({
    noisy: noisy[0]!,
    clean,
  }));

/** Mean PSNR at parameters. */
const quality = (
  method: ClassicalMethod,
  pairs: readonly Pair[],
  parameters: Record<string, unknown>,
): number =>
  pairs.reduce(
    (sum, { noisy, clean }) => sum + psnr(method.apply(noisy, parameters), clean) / pairs.length,
    0,
  );

describe.each(methods.classical)("$name", (method) => {
  test.each([
    // As many as are looked at: on pages as small as these, one whose noise is estimated badly would decide.
    ["few photons", simulated(3, 20, 4)] as const,
    ...(thorough ? [["more photons", simulated(4, 60, 4)] as const] : []),
  ])("fit comes close to best: %s", (_, pairs) => {
    const fitted = atOnce(method.fit(pairs.map(({ noisy }) => noisy)));
    const best = quality(method, pairs, bestAtOnce(method, pairs));
    const before = pairs.reduce((sum, { noisy, clean }) => sum + psnr(noisy, clean) / pairs.length, 0);
    const found = quality(method, pairs, fitted);
    expect(found).toBeGreaterThan(best - 0.3);
    expect(found).toBeGreaterThan(before + 1);
    expect(method.describe(fitted)).toMatch(/^((sigma|strength) \d+\.\d\d|window \d+ x \d+) /);
  });

  test("fit is the same each time, leaves the pages as they are and can be interrupted between two of them", () => {
    const pages = simulated(5, 30).map(({ noisy }) => ({
      ...noisy,
      data: Float64Array.from(noisy.data).slice(0, 20 * 32),
      width: 32,
      height: 20,
    }));
    const before = pages.map(({ data }) => data.slice());
    const steps = method.fit(pages);
    let count = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) count++;
    // Several parameters, each of them page by page; BM3D goes by the estimated noise, which is looked at again on each page.
    expect(count).toBeGreaterThanOrEqual(method === bm3d ? 1 : 6 * pages.length);
    expect(pages.map(({ data }) => data)).toEqual(before);
    expect(atOnce(method.fit(pages))).toEqual(step.value);
  });

  test("a few hot pixels do not change what is chosen", () => {
    const [{ noisy: page }] = simulated(4, 60) as [Pair];
    const noisy = cutPlane(page, { x: 0, y: 0, width: 56, height: 56 });
    const data = Float64Array.from(noisy.data);
    for (const at of [40 * 56 + 40, 3 * 56 + 50, 55 * 56 + 12, 51 * 56 + 42, 20 * 56 + 33]) data[at] = 65535;
    const [chosen] = Object.values(atOnce(method.fit([{ ...noisy, data }])));
    const [without] = Object.values(atOnce(method.fit([noisy])));
    expect(Number(chosen) / Number(without)).toBeGreaterThan(0.9);
    expect(Number(chosen) / Number(without)).toBeLessThan(1.1);
  });

  test("works on pages as small as it says", () => {
    const { uniform } = counterRandom(1);
    const side = method.smallest;
    const page = {
      width: side,
      height: side,
      data: Float64Array.from({ length: side * side }, () => 100 * uniform()),
    };
    const parameters = atOnce(method.fit([page]));
    const { data } = method.apply(page, parameters);
    expect(Array.from(data).every((value) => Number.isFinite(value))).toBe(true);
  });
});

describe("jInvariantLoss", () => {
  const width = 48;
  const { normal } = counterRandom(7);
  const clean = gaussianBlur(
    { width, height: width, data: Float64Array.from({ length: width * width }, normal) },
    4,
  );
  const noisy = { ...clean, data: clean.data.map((value) => 20 * value + normal()) };
  const options = { side: 1000, looks: 16 };
  const unknown = () => ({ gain: 0, offset: 0 });
  const plain = (page: Plane) => (denoise: (page: Plane) => Plane) => denoise(page);

  test.each([
    ["linear", { linear: () => 0 }, 1],
    ["adaptive", {}, 2],
  ])("is that of predictions that do not see the pixel (%s)", (_, kind, calls) => {
    const at = 20 * width + 17;
    const seen = [0, 10].map((bump) => {
      const page = { ...noisy, data: noisy.data.with(at, noisy.data[at]! + bump) };
      const pages: Float64Array[] = [];
      const identity = (replaced: Plane): Plane => {
        pages.push(Float64Array.from(replaced.data));
        return replaced;
      };
      atOnce(jInvariantLoss([page], unknown, plain, identity, { ...options, ...kind })(0));
      return pages;
    });
    expect(seen[0]).toHaveLength(16 * calls);
    const same = seen[0]!.filter((data, i) => data.every((value, k) => value === seen[1]![i]![k]));
    // In the one set that the pixel is in, nothing that the denoiser sees hangs on it.
    expect(same).toHaveLength(calls);
  });

  test("does not see hot and dead pixels, and is the same as ever without them", () => {
    const hot = [5 * width + 9, 20 * width + 17, 20 * width + 18, 33 * width + 40, 47 * width];
    const data = Float64Array.from(noisy.data);
    for (const [i, at] of hot.entries()) data[at] = i === 3 ? -6e4 : 6e4;
    const replaced = withoutHotPixels({ ...noisy, data });
    const changed = Array.from(data.keys()).filter((at) => replaced.data[at] !== data[at]);
    expect(changed).toEqual(hot.toSorted((a, b) => a - b));
    expect(hot.every((at) => Math.abs(replaced.data[at]! - noisy.data[at]!) < 6)).toBe(true);
    const lossOf = (page: Plane): number =>
      atOnce(jInvariantLoss([page], unknown, plain, gaussianBlur, { ...options, linear: () => 0.5 })(1));
    expect(lossOf({ ...noisy, data }) / lossOf(noisy)).toBeCloseTo(1, 1);
    expect(withoutHotPixels(noisy)).toBe(noisy);
  });

  test("of a page as narrow as it is, hot pixels are told by all columns", () => {
    const [wide, high] = [4, 65536];
    const { normal: draw } = counterRandom(11);
    const data = Float64Array.from({ length: wide * high }, (_, i) => (i % wide === 0 ? 0 : draw()));
    const hot = 30_000 * wide + 2;
    data[hot] = 6e4;
    const replaced = withoutHotPixels({ width: wide, height: high, data }).data;
    expect(Math.abs(replaced[hot]!)).toBeLessThan(6);
  });

  test("looks where there is something to be seen", () => {
    const { normal: draw } = counterRandom(12);
    const data = Float64Array.from({ length: 96 * 96 }, (_, i) => {
      const [x, y] = [i % 96, Math.floor(i / 96)];
      const structured = Math.max(Math.abs(x - 48), Math.abs(y - 48)) > 30;
      return structured ? (x % 8 < 4 ? 0 : 40) + draw() : draw();
    });
    const page = { width: 96, height: 96, data };
    const losses = [0.5, 4].map((sigma) =>
      atOnce(jInvariantLoss([page], unknown, plain, gaussianBlur, { side: 32, looks: 4 })(sigma)),
    );
    // The ground alone wants all of the blur, the stripes none.
    expect(losses[1]).toBeGreaterThan(2 * losses[0]!);
  });

  test.each([0.2, 1, 5, 20, 100, 1000])("bright spots are no hot pixels: %d photons", (photons) => {
    const spots = simulateScenes({ seed: 9, photons, size: 128, scenes: 4, frames: 2 });
    for (const page of spots.flatMap(({ noisy }) => noisy)) expect(withoutHotPixels(page)).toBe(page);
  });

  test("is the noise's variance plus the error against the clean page", () => {
    const loss = atOnce(
      jInvariantLoss(
        [noisy],
        unknown,
        plain,
        () => ({ ...clean, data: clean.data.map((value) => 20 * value) }),
        options,
      )(0),
    );
    expect(Math.abs(loss - 1)).toBeLessThan(0.1);
  });
});
