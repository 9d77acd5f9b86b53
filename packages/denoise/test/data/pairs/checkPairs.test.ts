import {
  ByteCache,
  counterRandom,
  gaussianBlur,
  type LazyPage,
  type Plane,
  type SimulatedScene,
  simulateScenes,
} from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { pairStacks, type Scene } from "../../../src/data/pairing.js";
import { checkPairs } from "../../../src/data/pairs/checkPairs.js";
import { splitScenes, trainingScene } from "../../../src/data/splitScenes.js";
import { stackInMemory as stack } from "../stackInMemory.js";

const scenes = simulateScenes({ seed: 3, size: 96, scenes: 6, frames: 3 });
const cache = new ByteCache(2 ** 24);

const noisyOf = ({ noisy }: SimulatedScene, frame = 0): Plane => noisy[frame]!;
const mapped = (page: Plane, map: (value: number) => number): Plane => {
  return { ...page, data: Float32Array.from(page.data, map) };
};

/** A page moved to the right and down, what comes in being the other side. */
function moved({ width, height, data }: Plane, dx: number, dy: number): Plane {
  const at = (i: number): number => {
    const [x, y] = [((i % width) - dx + width) % width, (Math.floor(i / width) - dy + height) % height];
    return data[y * width + x]!;
  };
  return { width, height, data: Float32Array.from(data, (_, i) => at(i)) };
}

/** Files of one page each, or one file of many. */
const files = (role: string, planes: readonly Plane[]) =>
  planes.map((plane, i) => stack(`${role}${i}.tif`, [plane]));
const pageByPage = (noisy: readonly Plane[], clean: readonly Plane[]): Promise<Scene[]> =>
  pairStacks([stack("noisy.tif", noisy)], [stack("clean.tif", clean)], cache);
const truths = scenes.map(({ clean }) => clean);
const captures = scenes.map((scene) => noisyOf(scene));

async function warningsOf(pairs: readonly Scene[], force = false): Promise<string[]> {
  const warnings: string[] = [];
  await checkPairs(pairs, { force, onWarning: (sentence) => warnings.push(sentence) });
  return warnings;
}
const refusal = (pairs: readonly Scene[]): Promise<string> =>
  checkPairs(pairs).then(
    () => "not refused",
    (error: Error) => error.message,
  );
const pixels = async (page: LazyPage): Promise<ArrayLike<number>> => (await page.read()).data;
const meanOf = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((sum, value) => sum + value / data.length, 0);

describe("pairs that belong together", () => {
  test("given the wrong way round, are asked about", async () => {
    const [warning] = await warningsOf(await pairStacks(files("c", truths), files("n", captures), cache));
    expect(warning).toMatch(
      /^n0\.tif.* has more noise than c0\.tif.*: were the clean images given as the noisy ones\?$/,
    );
  });

  test("are returned as they are, without a word", async () => {
    const pairs = [
      ...(await pairStacks(files("n", captures), files("c", truths), cache)),
      ...(await pageByPage(captures, truths)),
      ...(await pairStacks([stack("s.tif", scenes[0]!.noisy)], [stack("c.tif", [truths[0]!])], cache)),
      ...(await pairStacks(
        scenes.map(({ name, noisy }) => stack(name, noisy)),
        "average",
        cache,
      )),
      ...(await pairStacks(files("n", captures), "none", cache)),
    ];
    const warnings: string[] = [];
    const checked = await checkPairs(pairs, { onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([]);
    for (const [i, scene] of checked.entries()) expect(scene).toBe(pairs[i]);
  });

  test("whose brightness drifted are not converted", async () => {
    const drifted = truths.map((page, i) => mapped(page, (value) => 100 + (0.84 + 0.07 * i) * (value - 100)));
    const pairs = await pageByPage(captures, drifted);
    expect(await checkPairs(pairs)).toEqual(pairs);
    expect(await warningsOf(pairs)).toEqual([]);
  });

  test("pages too small to tell are not looked at", async () => {
    const cut = (page: Plane): Plane => ({
      width: 24,
      height: 24,
      data: Float32Array.from(page.data).slice(0, 576),
    });
    const pairs = await pageByPage(captures.map(cut), truths.map(cut).toReversed());
    expect(await warningsOf(pairs)).toEqual([]);
  });
});

describe("pairs that do not belong together", () => {
  test("other fields of view", async () => {
    const others = simulateScenes({ seed: 77, size: 96, scenes: 6, frames: 1 }).map(({ clean }) => clean);
    expect(await refusal(await pageByPage(captures, others))).toMatch(
      /^noisy\.tif#0 and clean\.tif#0 do not show the same: their correlation is -?0\.[012]\d, expected about 0\.[89]\d with this noise \(so it is with 6 of 6 pairs looked at\); give images of the same field of view, in the same order$/,
    );
  });

  test("swapped files, and pages in another order, with the page that would fit", async () => {
    const swapped = [truths[1]!, truths[0]!, ...truths.slice(2)];
    const pairs = await pairStacks(files("n", captures), files("c", swapped), cache);
    expect(await refusal(pairs)).toMatch(
      /^n0\.tif and c0\.tif do not show the same: .*2 of 6 pairs.*; c1\.tif fits n0\.tif \(0\.\d\d\), and c0\.tif fits n1\.tif: are the two swapped\?$/,
    );
    expect(await refusal(await pageByPage(captures, [...truths.slice(2), ...truths.slice(0, 2)]))).toMatch(
      /clean\.tif#4 fits noisy\.tif#0 \(0\.\d\d\): are the pages shifted by 4, or in another order\?$/,
    );
  });

  test("pages shifted by one", async () => {
    const later = [truths[5]!, ...truths.slice(0, 5)];
    expect(await refusal(await pageByPage(captures, later))).toMatch(
      /^noisy\.tif#0 and clean\.tif#0 .*clean\.tif#1 fits noisy\.tif#0 \(0\.\d\d\): are the pages shifted by one\?$/,
    );
  });

  test("pages of a slow movie shifted by one, which resemble each other", async () => {
    const [first, last] = [truths[0]!, truths[1]!];
    const movie = Array.from({ length: 5 }, (_, t): Plane => {
      return {
        ...first,
        data: Float32Array.from(first.data, (value, i) => ((4 - t) * value + t * last.data[i]!) / 4),
      };
    });
    const random = counterRandom(4);
    const noisy = movie.map((page) => mapped(page, (value) => value + 10 * random.normal()));
    expect(await warningsOf(await pageByPage(noisy, movie))).toEqual([]);
    expect(await refusal(await pageByPage(noisy.slice(1), movie.slice(0, 4)))).toMatch(
      /^clean\.tif#\d fits noisy\.tif#\d better than clean\.tif#\d \(0\.\d\d instead of 0\.\d\d\), and so it is with \d of \d pages looked at: are the pages shifted by one\?$/,
    );
  });

  test("negatives and identical pages", async () => {
    const negative = truths.map((page) => mapped(page, (value) => 1000 - value));
    expect(await refusal(await pageByPage(captures, negative))).toMatch(/negative of the other: invert it$/);
    expect(await refusal(await pageByPage(captures, captures))).toMatch(
      /^noisy\.tif#0 and clean\.tif#0 are identical, pixel for pixel/,
    );
  });

  test("captures of several fields that are averaged", async () => {
    const mixed = await pairStacks([stack("mixed.tif", captures)], "average", cache);
    expect(await refusal(mixed)).toMatch(
      /^mixed\.tif#0 and the mean of its other pages do not show the same: .*captures of one field that does not move/,
    );
  });

  test("are warned of where that is asked for", async () => {
    const [warning, ...others] = await warningsOf(await pageByPage(captures, truths.toReversed()), true);
    expect(warning).toMatch(/do not show the same/);
    expect(others).toEqual([]);
  });

  test("a page of noise alone is said to tell nothing", async () => {
    const random = counterRandom(1);
    const noise = captures.map((page) => mapped(page, () => 100 + 20 * random.normal()));
    expect(await warningsOf(await pageByPage(noise, truths))).toEqual([
      expect.stringMatching(
        /^noisy\.tif#0 and clean\.tif#0 have so little in common but noise .*6 of 6 pairs/,
      ),
    ]);
  });
});

describe("shifts", () => {
  test("of several pixels say what to do, and are refused where nothing fits in place any more", async () => {
    const shifted = (dx: number, dy: number): Promise<Scene[]> =>
      pageByPage(
        captures,
        truths.map((page) => moved(page, dx, dy)),
      );
    expect(await warningsOf(await shifted(1, 1))).toEqual([
      expect.stringMatching(
        /^clean\.tif#\d lies 1\.\d pixels \(x -1\.\d, y -1\.\d\) away from noisy\.tif#\d; 6 of 6 pairs looked at.*learns to move and to blur\. Register/,
      ),
    ]);
    expect(await refusal(await shifted(12, -9))).toMatch(
      /do not show the same: .*; moved by 15\.\d pixels \(x -1[12]\.\d, y \+[89]\.\d\) clean\.tif#0 fits \([01]\.\d\d\): register the images first/,
    );
  });

  test("of a part of a pixel are printed", async () => {
    // The mean of a page and the page one pixel on lies half a pixel on, and is blurred by as much.
    const half = truths.map((page) => {
      const [a, b] = [moved(page, 1, 0).data, moved(page, 0, 1).data];
      return { ...page, data: Float32Array.from(a, (value, i) => (value + b[i]!) / 2) };
    });
    const sharp = captures.map((page) => gaussianBlur(page, 1));
    expect(await warningsOf(await pageByPage(sharp, half))).toEqual([
      expect.stringMatching(/^clean\.tif#\d lies 0\.[678] pixels .* details are blurred by about as much$/),
    ]);
  });
});

describe("other units", () => {
  const units: readonly (readonly [string, (value: number) => number])[] = [
    ["ten times the exposure", (value) => 10 * value],
    ["256 grey values to one", (value) => 256 * value],
    ["0 to 1", (value) => value / 65535],
    ["another offset", (value) => value + 5000],
    ["stretched", (value) => 3 * (value - 100)],
  ];
  test.each(units)("%s: the clean pages are converted, which is said", async (_, map) => {
    const pairs = await pageByPage(
      captures,
      truths.map((page) => mapped(page, map)),
    );
    const warnings: string[] = [];
    const [scene] = await checkPairs(pairs, { onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^clean\.tif#0 has other units than noisy\.tif: noisy = \S+ clean [-+] \S+ \(fitted to each of 6 clean pages: .*\)\. Clean images are converted to the units of the noisy ones/,
      ),
    ]);
    for (const [i, page] of scene!.clean!.entries()) {
      const [converted, truth] = [await pixels(page), truths[i]!.data];
      expect(meanOf(converted) / meanOf(truth)).toBeGreaterThan(0.97);
      expect(meanOf(converted) / meanOf(truth)).toBeLessThan(1.03);
      const window = await page.read({ x: 3, y: 5, width: 2, height: 1 });
      expect(Array.from(window.data)).toEqual([converted[5 * 96 + 3], converted[5 * 96 + 4]]);
    }
  });

  test("one clean page of many captures gets one map", async () => {
    const clean = mapped(truths[0]!, (value) => 256 * value);
    const pairs = await pairStacks([stack("s.tif", scenes[0]!.noisy)], [stack("c.tif", [clean])], cache);
    const [scene] = await checkPairs(pairs);
    expect(meanOf(await pixels(scene!.clean![0]!)) / meanOf(truths[0]!.data)).toBeCloseTo(1, 1);
  });

  test("a clean page of each depth is one page for all captures of it, with one map", async () => {
    const depths = [0, 1, 2];
    const noisy = stack(
      "tz.tif",
      [0, 1, 2].flatMap((t) => depths.map((z) => noisyOf(scenes[z]!, t))),
    );
    const clean = stack(
      "z.tif",
      depths.map((z) => mapped(truths[z]!, (value) => 256 * value)),
    );
    const along = (axes: Partial<Record<"T" | "Z", number>>) =>
      Object.entries(axes).map(([axis, extent]) => ({ axis: axis as "T" | "Z", extent }));
    const pairs = await pairStacks(
      [{ ...noisy, extents: along({ T: 3, Z: 3 }) }],
      [{ ...clean, extents: along({ Z: 3 }) }],
      cache,
    );
    const warnings: string[] = [];
    const found = await checkPairs(pairs, { onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([expect.stringMatching(/\(fitted to each of 3 clean pages: /)]);
    const [scene] = found as [Scene];
    expect(scene.clean).toHaveLength(9);
    expect(new Set(scene.clean).size).toBe(3);
    expect(new Set(scene.units).size).toBe(3);
    for (const z of depths) {
      expect(scene.clean![3 + z]).toBe(scene.clean![z]);
      expect(meanOf(await pixels(scene.clean![z]!)) / meanOf(truths[z]!.data)).toBeCloseTo(1, 1);
    }
    // Held-out pages show what is trained on, and that is known.
    expect(splitScenes([trainingScene(scene)], 0.3, "frames").kind).toBe("captures");
  });

  describe("with pages that show nothing", () => {
    const random = counterRandom(2);
    const empty = mapped(truths[0]!, () => 100);
    const noise = mapped(empty, () => 100 + 5 * random.normal());
    const noisy = [...captures.slice(0, 3), noise];
    const checked = async (map: (value: number, field: number) => number, force = false) => {
      const clean = [...truths.slice(0, 3), mapped(empty, () => 100 + 0.01 * random.normal())];
      const pairs = await pairStacks(
        files("n", noisy),
        files(
          "c",
          clean.map((page, field) => mapped(page, (value) => map(value, field))),
        ),
        cache,
      );
      const warnings: string[] = [];
      const onWarning = (sentence: string): unknown => warnings.push(sentence);
      return { scenes: await checkPairs(pairs, { force, onWarning }), pairs, warnings: warnings.join("\n") };
    };

    test("these have the units of the others, where all of these agree", async () => {
      const { scenes: found, warnings } = await checked((value) => value / 65535);
      expect(warnings).toMatch(/c0\.tif has other units than n0\.tif/);
      expect(warnings).toContain(
        "By themselves the pages of c3.tif do not tell it: taken for the same units as the others",
      );
      const last = meanOf(await pixels(found[3]!.clean![0]!));
      expect(last).toBeGreaterThan(90);
      expect(last).toBeLessThan(110);
      expect(found[3]!.units).toHaveLength(1);
    });

    test("they are refused, where the others have several units; forced, said and left alone", async () => {
      const mixed = (value: number, field: number): number => value * [1, 256, 256, 256][field]!;
      const sentence =
        "it cannot be told in which units c3.tif is: clean images of other files have other units than their noisy ones, but not all the same";
      await expect(checked(mixed)).rejects.toThrow(sentence);
      const { scenes: found, pairs, warnings } = await checked(mixed, true);
      expect(warnings).toContain(sentence);
      expect(found[3]).toBe(pairs[3]);
      expect(found[0]).toBe(pairs[0]);
      expect(found[1]!.units).toHaveLength(1);
    });

    test("scales alone do not agree where dark levels differ", async () => {
      const levels = (value: number, field: number): number => 10 * value + [0, 90_000, 0, 0][field]!;
      await expect(checked(levels)).rejects.toThrow("it cannot be told in which units c3.tif is");
    });

    test("they stay as they are, where one of the others has another dark level alone", async () => {
      const drifted = (value: number, field: number): number => value + [0, 5000, 0, 0][field]!;
      const { scenes: found, pairs } = await checked(drifted);
      expect(found[3]).toBe(pairs[3]);
      expect(found[1]!.units).toHaveLength(1);
    });

    test("they stay as they are, where the others do", async () => {
      const { scenes: found, pairs } = await checked((value) => value);
      expect(found).toEqual(pairs);
    });
  });

  test("units of pages that do not fit are left alone", async () => {
    const tenfold = truths.toReversed().map((page) => mapped(page, (value) => 10 * value));
    const pairs = await pageByPage(captures, tenfold);
    expect(await checkPairs(pairs, { force: true })).toEqual(pairs);
  });
});

describe("clean images that are no linear function of the noisy ones", () => {
  const [least, most] = [
    Math.min(...truths.flatMap(({ data }) => Array.from(data))),
    Math.max(...truths.flatMap(({ data }) => Array.from(data))),
  ];
  const shown = (map: (part: number) => number): Promise<Scene[]> =>
    pageByPage(
      captures,
      truths.map((page) => mapped(page, (value) => 255 * map((value - least) / (most - least)))),
    );

  test.each([
    ["gamma 0.5", Math.sqrt],
    ["gamma 1/2.2", (part: number) => part ** (1 / 2.2)],
    ["logarithm", (part: number) => Math.log1p(100 * part) / Math.log(101)],
  ])("%s: refused, whatever the units; forced, said", async (_, map) => {
    const pairs = await shown(map);
    const sentence =
      "clean.tif#0 is no linear function of noisy.tif#0: its dark parts are brighter than any exposure makes them";
    expect(await refusal(pairs)).toContain(sentence);
    expect((await warningsOf(pairs, true)).join("\n")).toContain(sentence);
  });

  test("clipped: said with the part", async () => {
    const sorted = truths.flatMap(({ data }) => Array.from(data)).toSorted((a, b) => a - b);
    const limit = sorted[Math.floor(0.9 * sorted.length)]!;
    const pairs = await pageByPage(
      captures,
      truths.map((page) => mapped(page, (value) => Math.min(limit, value))),
    );
    expect((await warningsOf(pairs, true)).join("\n")).toMatch(
      /clean\.tif#\d is clipped( \(so are \d of 6 pages looked at\))?: \S+ % of the pixels looked at have its largest value, where noisy\.tif#?\d? still has structure/,
    );
  });
});
