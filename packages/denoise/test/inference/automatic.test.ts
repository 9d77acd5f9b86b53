import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { counterRandom, type Plane, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { type TrainingGroup, trainingGroups } from "../../src/budget/trainingGroups.js";
import { channelText } from "../../src/data/axisSelection.js";
import { chooseClassical, comparedParts } from "../../src/inference/chooseClassical.js";
import type { ContenderSource } from "../../src/inference/contender.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { ClassicalMethod } from "../../src/protocol/method.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { atOnce } from "../../src/protocol/steps.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const noisy = at("noisy.tif");

/** Those that are chosen from. */
const contesting = methods.classical.filter(({ contest }) => contest);

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 4, size: 64, scenes: 1, frames: 2, photons: 50 });
  await writeImageFile(noisy, scene!.noisy, { metadata: {} });
});

/** A method whose squared error at a hidden pixel is a number for each of its candidates, and a little more or less from pixel to pixel. */
const contestant = (
  name: string,
  levels: readonly number[],
  calls: number[] = [],
): ClassicalMethod<{ readonly level: number }> => ({
  ...{
    kind: "classical",
    name,
    version: 1,
    title: `Title of ${name}`,
    summary: "",
    guide: { gives: [], time: "seconds", when: "it is known", cannot: "fail" },
    slow: false,
    smallest: 16,
  },
  *best() {
    yield [];
    return { level: 0 };
  },
  *fit() {
    yield;
    return { level: 7 };
  },
  contest: {
    candidates: levels.map((level) => ({ level })),
    hiddenErrors({ part }, set, { level }) {
      calls.push(set);
      const count = Math.floor((part.width * part.height) / 16);
      const { normal } = counterRandom(Math.round(1000 * level), set);
      return Array.from({ length: count }, () => Math.sqrt(Math.max(0, level + 0.1 * normal())));
    },
  },
  apply: (page) => page,
  describe: ({ level }) => `level ${level}`,
});

const page: Plane = {
  width: 64,
  height: 32,
  data: Float64Array.from({ length: 2048 }, (_, i) => (i * 7919) % 101),
};
const chosen = (all: readonly ClassicalMethod[], pages: readonly Plane[] = [page]) =>
  atOnce(chooseClassical(all, pages))?.map(({ method, loss }) => [method.name, Number(loss.toFixed(1))]);

describe("chooseClassical", () => {
  test("takes the method whose best candidate has the least loss, and ranks the others", () => {
    const all = [contestant("a", [3, 2.2]), contestant("b", [9, 1, 4]), contestant("c", [1.5])];
    expect(chosen(all)).toEqual([
      ["b", 1],
      ["c", 1.5],
      ["a", 2.2],
    ]);
  });

  test("what is plainly worse goes no further, and one that is left is not looked at again", () => {
    const [winner, loser]: number[][] = [[], []];
    chosen([contestant("a", [1], winner), contestant("b", [2, 3], loser)]);
    expect(winner).toEqual([0]);
    expect(loser).toEqual([0, 0]);
  });

  test("what cannot be told apart goes on to the end, and the least loss decides", () => {
    const calls: number[] = [];
    const ranked = chosen([contestant("a", [1], calls), contestant("b", [1.001])]);
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(ranked).toHaveLength(2);
  });

  test("at most four pages are looked at, the same pixels by all", () => {
    const calls: number[] = [];
    chosen(
      [contestant("a", [1], calls), contestant("b", [2])],
      Array.from({ length: 9 }, () => page),
    );
    expect(calls).toEqual([0, 0, 0, 0]);
  });

  test("where the middle shows nothing, parts that do are what is compared", () => {
    const ring: Plane = {
      ...{ width: 512, height: 512 },
      data: Uint8Array.from({ length: 512 ** 2 }, (_, i) => {
        const [x, y] = [i % 512, Math.floor(i / 512)];
        return Math.max(Math.abs(x - 256), Math.abs(y - 256)) < 128 ? 0 : 20 + ((i * 7919) % 101);
      }),
    };
    const parts = comparedParts([ring], { gain: 1, offset: 1 });
    expect(parts).toHaveLength(1);
    expect(Math.max(...Array.from(parts[0].part.data))).toBe(120);
    // A model in units of the noise is compared in those of the page, by its number.
    const blank = { ...ring, data: new Uint8Array(512 ** 2) };
    expect(comparedParts([blank, ring], undefined).map(({ index }) => index)).toEqual([1]);
    const [five, nine] = [Array<Plane>(5).fill(blank), Array<Plane>(9).fill(blank)];
    expect(comparedParts([...five, ring, ...nine], undefined).map(({ index }) => index)).toEqual([5]);
  });

  test("a loss of 0 is divided by nowhere: another one is as much above it", () => {
    const none = contestant("none", [1]);
    const exact = { ...none, contest: { ...none.contest!, hiddenErrors: () => Array<number>(128).fill(0) } };
    expect(chosen([contestant("b", [3]), exact, exact, contestant("a", [2])])).toEqual([
      ["none", 0],
      ["a", 2],
      ["b", 3],
    ]);
  });

  test("methods without a contest are not chosen from", () => {
    const { contest: _none, ...without } = contestant("quiet", [0]);
    expect(chosen([without, contestant("a", [1])])).toEqual([["a", 1]]);
    expect(chosen([without])).toBeUndefined();
  });

  test("all methods are judged by the same pixels", () => {
    const [scene] = simulateScenes({ seed: 5, size: 40, scenes: 1, frames: 1, photons: 30 });
    expect(contesting.map(({ name }) => name)).toEqual(["gaussian", "nlm", "tv", "bm3d"]);
    const part = { part: scene!.noisy[0]!, noise: { gain: 1, offset: 4 } };
    for (const { name, contest } of contesting) {
      for (const parameters of contest!.candidates) {
        const errors = contest!.hiddenErrors(part, 3, parameters);
        expect(errors, name).toHaveLength(100);
        expect(errors.every(Number.isFinite)).toBe(true);
        // Of noise on both sides.
        expect(Math.min(...errors)).toBeLessThan(0);
      }
    }
  });
});

describe("denoiseFiles with the method automatic", () => {
  test("denoises as the chosen method does by itself, and says what was taken in result, record and report", async () => {
    const [out, byName] = [at("automatic"), at("by-name")];
    const { denoised } = await denoiseFiles({
      methods,
      method: "automatic",
      files: [noisy],
      out,
      report: true,
    });
    const json = JSON.parse(readFileSync(at("automatic", "noisy.report.json"), "utf8"));
    const { method: id, compared, sentence } = json.calibrated;
    const taken = methods.classicalNamed(id.replace("@1", ""));
    await denoiseFiles({ method: taken, files: [noisy], out: byName });
    const pagesIn = async (name: string) =>
      (await readStack(at(name, "noisy.tif"))).pages.map(({ data }) => data);
    expect(await pagesIn("automatic")).toEqual(await pagesIn("by-name"));
    expect(sentence).toBe(denoised[0]!.chosen);
    expect(sentence).toMatch(
      new RegExp(
        `^${taken.title}: .*chosen on the image itself; the method was taken automatically, since of ${contesting.length} it foretells hidden pixels best`,
      ),
    );
    expect(compared).toHaveLength(contesting.length);
    expect(compared[0].method).toBe(id);
    const losses = compared.map(({ loss }: { readonly loss: number }) => loss);
    expect(losses.slice(1)).toEqual(losses.slice(1).toSorted((a: number, b: number) => a - b));
    const [record] = JSON.parse(readFileSync(at("automatic", "denoised.json"), "utf8")).results;
    expect(record.channels[0]).toMatchObject({
      methods: [id],
      models: [],
      options: { method: "automatic" },
      chosen: sentence,
    });
  });

  test("a ground that was clipped hides no noise from it", async () => {
    const random = counterRandom(7);
    const clean = Float32Array.from({ length: 128 * 128 }, (_, i) =>
      Math.hypot((i % 128) - 64, i / 128 - 64) < 32 ? 200 : 0,
    );
    const data = clean.map((value) => (value === 0 ? 0 : Math.max(0, value + 33 * random.normal())));
    await writeImageFile(at("clipped.tif"), [{ width: 128, height: 128, dtype: "float32", data }], {
      metadata: {},
    });
    const { denoised } = await denoiseFiles({
      ...{ methods, method: "automatic", files: [at("clipped.tif")], out: at("clipped") },
    });
    expect(denoised[0]!.chosen).not.toMatch(/NaN|no noise/);
    expect(denoised[0]!.notes).toBeUndefined();
    const { pages } = await readStack(at("clipped", "clipped.tif"));
    const squares = (found: ArrayLike<number>): number =>
      clean.reduce((sum, value, i) => sum + (value - found[i]!) ** 2, 0);
    expect(squares(pages[0]!.data)).toBeLessThan(0.2 * squares(data));
  });

  test("pages without noise come back as they are, which is said", async () => {
    const data = Float32Array.from({ length: 128 * 128 }, (_, i) =>
      Math.hypot((i % 128) - 60, i / 128 - 60) < 30 ? 200 : 0,
    );
    await writeImageFile(at("shapes.tif"), [{ width: 128, height: 128, dtype: "float32", data }], {
      metadata: {},
    });
    const { denoised } = await denoiseFiles({
      ...{ methods, method: "automatic", files: [at("shapes.tif")], out: at("shapes") },
    });
    expect(denoised[0]!.chosen).toMatch(/; no noise was found, of which/);
    expect(denoised[0]!.notes).toEqual([
      expect.stringMatching(
        /shapes.tif: 1 page is in the result as before, as no noise was found there; where/,
      ),
    ]);
    expect((await readStack(at("shapes", "shapes.tif"))).pages[0]!.data).toEqual(data);
  });

  test("a result that is there is taken for one of the same method", async () => {
    const files = [noisy];
    const said: string[] = [];
    const onWarning = (text: string) => said.push(text);
    const again = { methods, method: "automatic", files, skipExisting: true, out: at("automatic") } as const;
    expect((await denoiseFiles(again, { onWarning })).skipped).toHaveLength(1);
    expect(said).toEqual([]);
    await denoiseFiles({ ...again, out: at("by-name") }, { onWarning });
    expect(said[0]).toMatch(/was made with another method/);
  });

  test("what models alone take, and pages too small, are refused", async () => {
    const out = at("refused");
    const automatic = { methods, method: "automatic", files: [noisy], out } as const;
    await expect(denoiseFiles({ ...automatic, ensemble: true })).rejects.toThrow(
      /takes no ensemble, only models do/,
    );
    const [scene] = simulateScenes({ seed: 4, size: 12, scenes: 1, frames: 1 });
    await writeImageFile(at("small.tif"), scene!.noisy, { metadata: {} });
    await expect(denoiseFiles({ ...automatic, files: [at("small.tif")] })).rejects.toThrow(
      /small\.tif is 12 x 12 pixels; to choose a method, at least 16 x 16 are needed; name one/,
    );
    expect(readdirSync(folder)).not.toContain("refused");
  });

  test("channels of one name have a choice each, and a training", async () => {
    const [dark, bright] = [100, 1000].map((value) => ({
      ...{ width: 32, height: 32, dtype: "uint16" as const },
      data: Uint16Array.from({ length: 1024 }, (_, i) => value + ((i * 7919) % 11)),
    }));
    const layout = { axes: ["C", "Y", "X"], shape: [2, 32, 32] } as const;
    const twice = at("twice.ome.tif");
    await writeImageFile(twice, [dark!, bright!], { ...layout, metadata: { channels: ["GFP", "GFP"] } });
    /** Foretells one of both. */
    const fitting = (name: string, fits: (value: number) => boolean): ClassicalMethod => {
      const { contest, ...method } = contestant(name, [1]);
      const hiddenErrors: NonNullable<typeof contest>["hiddenErrors"] = (compared, set) =>
        contest!.hiddenErrors(compared, set, { level: fits(compared.part.data[0]!) ? 1 : 5 });
      return { ...method, contest: { ...contest!, hiddenErrors } };
    };
    const all = [fitting("dark", (value) => value < 500), fitting("bright", (value) => value > 500)];
    let groups: readonly TrainingGroup[] = [];
    const asked: string[] = [];
    const contenders: ContenderSource = async (files) => {
      groups = trainingGroups(files);
      return {
        of: (channel) => {
          asked.push(channel);
          return "there was no time";
        },
      };
    };
    const { denoised } = await denoiseFiles({
      ...{ methods: methodRegistry(all), method: "automatic", files: [twice], out: at("twice"), contenders },
    });
    const { channels } = denoised[0]!;
    expect(channels!.map(({ channel, chosen: own }) => [channelText(channel), own!.split(":")[0]])).toEqual([
      ["channel 0 (GFP)", "Title of dark"],
      ["channel 1 (GFP)", "Title of bright"],
    ]);
    expect(groups.map(({ channel, selection }) => [channel, selection])).toEqual([
      ["GFP 0", 0],
      ["GFP 1", 1],
    ]);
    expect(asked).toEqual(["GFP 0", "GFP 1"]);
  });

  test("pages too large to be whole in memory are for methods that go by bands", async () => {
    const large = contestant("whole", [0]);
    const banded = { ...contestant("banded", [5]), reach: () => 2 };
    const { denoised } = await denoiseFiles({
      ...{ methods: methodRegistry([large, banded]), method: "automatic", files: [noisy], out: at("large") },
      largestPage: 1000,
    });
    expect(denoised[0]!.chosen).toMatch(/^Title of banded: .*as the only one for pages of this size$/);
  });
});
