import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { castImage, simulateScenes } from "@clidim/imaging";
import { hashFile, openImageFile, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { ResultRecords } from "../../src/inference/resultRecords.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const blur = methods.classicalNamed("gaussian");

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 5, size: 40, scenes: 1, frames: 4 });
  const pages = scene!.noisy.map((page) => castImage(page, "uint16"));
  const layout = { axes: ["T", "C", "Y", "X"], shape: [2, 2, 40, 40] } as const;
  await writeImageFile(at("two.tif"), pages, { ...layout, metadata: { channels: ["DAPI", "GFP"] } });
  await writeImageFile(at("one.tif"), pages.slice(0, 2));
  await writeImageFile(at("flat.tif"), [{ ...pages[0]!, data: pages[0]!.data.slice().fill(3) }]);
});

const denoise = (out: string, files: readonly string[], options: Partial<DenoiseFilesOptions> = {}) =>
  // The options are those of a classical method.
  denoiseFiles({
    method: blur,
    files: files.map((file) => at(file)),
    out,
    ...options,
  } as DenoiseFilesOptions);

const recordsIn = (out: string) => JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));

describe("denoised.json", () => {
  test("says of each result what made it, and of what", async () => {
    const out = at("out");
    await denoise(out, ["two.tif"], { channel: "GFP" });
    const { sha256, bytes } = await hashFile(at("two.tif"));
    expect(recordsIn(out)).toMatchObject({
      format: "clidim-denoised",
      formatVersion: 1,
      results: [
        {
          output: "two.tif",
          input: { name: at("two.tif"), bytes, sha256 },
          channels: [
            { name: "DAPI", denoised: false },
            {
              name: "GFP",
              denoised: true,
              methods: ["gaussian@1"],
              models: [],
              chosen: expect.stringContaining("sigma"),
            },
          ],
          software: expect.stringMatching(/^clidim \d/),
        },
      ],
    });
    expect(recordsIn(out).results[0].adapter).toBeUndefined();
    expect(Date.parse(recordsIn(out).results[0].date)).not.toBeNaN();
  });

  test("keeps the records of earlier calls, and those of results that were made anew once", async () => {
    const out = at("again");
    await denoise(out, ["one.tif#0"]);
    await denoise(out, ["two.tif"], { t: { first: 1, last: 1 } });
    await denoise(out, ["one.tif#1", "flat.tif"], { overwrite: true });
    const { results } = recordsIn(out);
    expect(results.map(({ output, input }: { output: string; input: object }) => [output, input])).toEqual([
      ["two.tif", expect.objectContaining({ t: { first: 1, last: 1 } })],
      ["one.tif", expect.objectContaining({ name: `${at("one.tif")}#1` })],
    ]);
  });

  test("a file that took the place of a recorded result is told of, and not replaced", async () => {
    const out = at("taken");
    await denoise(out, ["one.tif"]);
    copyFileSync(at("one.tif"), join(out, "one.tif"));
    await expect(denoise(out, ["one.tif"], { overwrite: true })).rejects.toThrow(
      /one\.tif was not made by clidim, and was not replaced; move it away/,
    );
    const said: string[] = [];
    await denoiseFiles(
      { method: blur, files: [at("one.tif")], out, skipExisting: true },
      { onWarning: (sentence) => said.push(sentence) },
    );
    expect(said).toEqual([
      expect.stringMatching(/one\.tif is not the one that clidim has made there, and stays/),
    ]);
    // What is damaged can be made anew.
    writeFileSync(join(out, "one.tif"), "cut off");
    await denoise(out, ["one.tif"], { overwrite: true });
    expect((await readStack(join(out, "one.tif"))).pages.length).toBeGreaterThan(0);
  });

  test("has the records of all that write to the folder at a time", async () => {
    const out = at("together");
    mkdirSync(out);
    const names = Array.from({ length: 6 }, (_, i) => `${i}.tif`);
    await Promise.all(
      names.map(async (output) => {
        const records = await ResultRecords.of(out);
        records.add({ output, input: { name: output }, recovered: true });
        await records.write();
      }),
    );
    expect(
      recordsIn(out)
        .results.map(({ output }: { output: string }) => output)
        .sort(),
    ).toEqual(names);
    expect(readdirSync(out)).toEqual(["denoised.json"]);
  });

  test("of a result that another call has recorded meanwhile is that call's", async () => {
    const out = at("meanwhile");
    await denoise(out, ["one.tif"]);
    const { results: full } = recordsIn(out);
    rmSync(join(out, "denoised.json"));
    const late = await ResultRecords.of(out); // before there was a record
    writeFileSync(
      join(out, "denoised.json"),
      JSON.stringify({ format: "clidim-denoised", formatVersion: 1, results: full }),
    );
    late.add({ output: "one.tif", input: { name: "one.tif" }, recovered: true });
    late.add({ output: "other.tif", input: { name: "other.tif" }, recovered: true });
    await late.write();
    expect(recordsIn(out).results).toEqual([...full, expect.objectContaining({ output: "other.tif" })]);
    late.add({ ...full[0], date: "later" });
    await late.write();
    expect(recordsIn(out).results.map(({ date }: { date?: string }) => date)).toEqual(
      expect.arrayContaining(["later", undefined]),
    );
    expect(recordsIn(out).results).toHaveLength(2);
  });

  test("that cannot be written for a while is written at the end, with all that was added", async () => {
    const out = at("held");
    mkdirSync(out);
    const records = await ResultRecords.of(out);
    const add = (output: string): void => records.add({ output, input: { name: "a" }, recovered: true });
    vi.useFakeTimers({ toFake: ["Date"] });
    mkdirSync(join(out, "denoised.json"));
    for (const output of ["a.tif", "b.tif"]) {
      add(output);
      vi.setSystemTime(Date.now() + 5000);
      await records.writeNowAndThen();
    }
    vi.useRealTimers();
    await expect(records.write()).rejects.toThrow(/denoised\.json: is a folder/);
    rmSync(join(out, "denoised.json"), { recursive: true });
    await records.write();
    const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
    expect(results).toMatchObject([{ output: "a.tif" }, { output: "b.tif" }]);
  });

  test("is of the whole folder: results below it are named by their path", async () => {
    const out = at("tree");
    await denoiseFiles({ method: blur, files: [{ file: at("one.tif"), folder: "day1" }], out });
    expect(recordsIn(out).results[0].output).toBe("day1/one.tif");
  });

  test("something else of this name is not replaced, and nothing is written", async () => {
    const out = at("other");
    mkdirSync(out);
    for (const text of ["{}", "notes", '{"format":"clidim-denoised","formatVersion":2,"results":[]}']) {
      writeFileSync(join(out, "denoised.json"), text);
      await expect(denoise(out, ["one.tif"])).rejects.toThrow(
        /denoised\.json is not a record of denoised files, .* move it/,
      );
      expect(readdirSync(out)).toEqual(["denoised.json"]);
    }
  });
});

test("what of a file is not kept is said", async () => {
  const said: string[] = [];
  const description = '<OME><BinaryOnly MetadataFile="set.companion.ome"/></OME>';
  const data = Uint16Array.from({ length: 1600 }, (_, i) => (i * 7919) % 997);
  await writeImageFile(at("set.tif"), [{ width: 40, height: 40, dtype: "uint16", data }], {
    metadata: { text: description },
  });
  await denoiseFiles(
    { method: blur, files: [at("set.tif")], out: at("said") },
    { onWarning: (sentence, file) => said.push(sentence, String(file)) },
  );
  expect(said).toEqual([
    `${at("set.tif")}: its OME-XML is in a file of its own (set.companion.ome), which is not read: pixel size and names of channels are not kept`,
    at("set.tif"),
  ]);
});

test("the result says the same, and no time: the same options give the same bytes", async () => {
  await denoise(at("a"), ["one.tif"]);
  await denoise(at("b"), ["one.tif"]);
  expect(readFileSync(at("a", "one.tif"))).toEqual(readFileSync(at("b", "one.tif")));
  await denoise(at("c"), ["two.tif"], { channel: 0 });
  const text = readFileSync(at("c", "two.tif"), "latin1");
  expect(text).toContain('<M K="Method of channel DAPI">gaussian@1</M>');
  expect(text).toContain('<M K="Copied of channel GFP">yes</M>');
  expect(text).toMatch(/\0clidim \d+\.\d+\.\d+\S*\0/);
  const result = await openImageFile(at("c", "two.tif"));
  expect(result.metadata).toMatchObject({ channels: ["DAPI", "GFP"] });
  await result.close();
});
