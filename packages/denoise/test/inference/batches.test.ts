import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Image, simulateScenes } from "@clidim/imaging";
import { ignoresCase, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import type { ClassicalMethod } from "../../src/protocol/method.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const method = methods.classicalNamed("gaussian");
const good = ["a.tif", "b.tif", "c.tif"].map((name) => at(name));
const [cut, flat] = [at("cut.tif"), at("flat.tif")];

beforeAll(async () => {
  const scenes = simulateScenes({ seed: 3, size: 40, scenes: 3, frames: 2 });
  for (const [i, { noisy }] of scenes.entries()) await writeImageFile(good[i]!, noisy);
  copyFileSync(good[0]!, cut);
  truncateSync(cut, 3000);
  const page: Image = scenes[0]!.noisy[0]!;
  await writeImageFile(flat, [{ ...page, data: page.data.map(() => 7) } as Image]); // as the page is
});

const run = (files: string[], more: Partial<DenoiseFilesOptions> & { out: string }) =>
  denoiseFiles({ method, files, ...more } as DenoiseFilesOptions); // `more` names no model

describe("results that are there already", () => {
  test("are refused by name and number before anything is written, and replaced or left out when asked", async () => {
    const out = at("there");
    mkdirSync(out);
    for (const name of ["a.tif", "b.tif"]) writeFileSync(join(out, name), "raw data of another day");
    await expect(run(good, { out })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^.*there.a\.tif, .*there.b\.tif exist already, and are not replaced; leave out what is done/,
      ),
      keys: ["skipExisting", "overwrite", "out"],
    });
    expect(readdirSync(out)).toEqual(["a.tif", "b.tif"]);

    rmSync(join(out, "a.tif"));
    rmSync(join(out, "b.tif"));
    await run(good.slice(0, 2), { out });
    const done = readFileSync(join(out, "a.tif"));
    const resumed = await run(good, { out, skipExisting: true });
    expect(resumed.skipped).toEqual([
      { input: good[0], output: join(out, "a.tif") },
      { input: good[1], output: join(out, "b.tif") },
    ]);
    expect(resumed.denoised.map(({ input }) => input)).toEqual([good[2]]);
    expect(readFileSync(join(out, "a.tif"))).toEqual(done);

    truncateSync(join(out, "a.tif"), 0);
    expect(await run(good, { out, overwrite: true })).toMatchObject({ skipped: [], failed: [] });
    expect(readFileSync(join(out, "a.tif"))).toEqual(done);
    await expect(run(good, { out, overwrite: true, skipExisting: true })).rejects.toThrow(
      /exclude each other/,
    );
  });

  test("what is not made by clidim is never replaced, unreadable or not; a marked result is, without its record", async () => {
    const out = at("foreign");
    await run(good, { out });
    rmSync(join(out, "denoised.json"));
    copyFileSync(good[0]!, join(out, "a.tif"));
    const raw = readFileSync(join(out, "a.tif"));
    const made = readFileSync(join(out, "b.tif"));
    await expect(run(good, { out, overwrite: true })).rejects.toMatchObject({
      message: `${join(out, "a.tif")} was not made by clidim, and was not replaced; move it away, or give another folder`,
      keys: ["out"],
    });
    writeFileSync(join(out, "c.tif"), "");
    const { denoised, failed } = await run(good, { out, overwrite: true, keepGoing: true });
    expect(denoised.map(({ input }) => input)).toEqual([good[1]]);
    expect(failed.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/a\.tif was not made by clidim/),
      expect.stringMatching(/c\.tif was not made by clidim/),
    ]);
    expect(readFileSync(join(out, "a.tif"))).toEqual(raw);
    expect(readFileSync(join(out, "b.tif"))).toEqual(made);
    expect(readFileSync(join(out, "c.tif")).length).toBe(0);
  });

  test("only whole ones are left out; what is of other pages or unreadable fails by name", async () => {
    const out = at("halves");
    await run([`${good[0]}#0`, good[1]!, good[2]!], { out });
    truncateSync(join(out, "b.tif"), 0);
    const { skipped, failed } = await run(good, { out, skipExisting: true });
    expect(skipped.map(({ input }) => input)).toEqual([good[2]]);
    expect(failed.map(({ error }) => error)).toEqual([
      expect.objectContaining({
        message: `${join(out, "a.tif")} is no result of ${good[0]}: it has 1 page of 40 x 40 pixels where a result has 2 pages of 40 x 40 pixels; overwrite it, or give another folder`,
        keys: ["overwrite", "out"],
      }),
      expect.objectContaining({
        message: expect.stringMatching(
          /b\.tif is no result of .*b\.tif: it cannot be read \(.*\); overwrite it, or/,
        ),
      }),
    ]);
    expect(readFileSync(join(out, "b.tif")).length).toBe(0);
  });

  test("those that were made otherwise, or by something else, are left out and told of", async () => {
    const out = at("otherwise");
    await run([`${good[0]}#0`, good[1]!], { out });
    copyFileSync(good[2]!, join(out, "c.tif"));
    const told = async (files: string[], more: Partial<DenoiseFilesOptions>): Promise<string[]> => {
      const warnings: string[] = [];
      await denoiseFiles(
        // `more` names no model
        { method, files, out, skipExisting: true, ...more } as DenoiseFilesOptions,
        { onWarning: (sentence) => warnings.push(sentence) },
      );
      return warnings;
    };
    expect(await told([`${good[0]}#0`, good[1]!], {})).toEqual([]);
    expect(await told([`${good[0]}#1`, ...good.slice(1)], { method: methods.classicalNamed("tv") })).toEqual([
      `${join(out, "a.tif")} was made with another source or other planes and another method, and stays; overwrite it to make it anew`,
      `${join(out, "b.tif")} was made with another method, and stays; overwrite it to make it anew`,
      `${join(out, "c.tif")} was not made by clidim, and stays as it is`,
    ]);
    expect(await told([good[1]!], { nodata: 7 })).toEqual([
      `${join(out, "b.tif")} was made with another value that stands for no value, and stays; overwrite it to make it anew`,
    ]);
    expect(await told([good[1]!], { nodata: "none" })).toEqual([]);
  });

  test.each([
    [
      "does not fit into memory",
      () => new Float64Array(2 ** 45),
      /b\.tif: its pages of 40 x 40 pixels do not fit into memory/,
    ],
    [
      "has no numbers for a result",
      () => Float64Array.of(Number.NaN, ...Array(1599).fill(0)),
      /b\.tif: the result holds what is no number/,
    ],
  ])("a file that %s does not keep the others from being denoised", async (what, data, sentence) => {
    const out = at(what);
    let pages = 0;
    const { reach: _, ...whole } = method;
    const weak: ClassicalMethod = {
      ...whole,
      apply: (page, parameters) =>
        pages++ === 2 ? { ...page, data: data() } : method.apply(page, parameters),
    };
    const { denoised, failed } = await denoiseFiles({ method: weak, files: good, out });
    expect(denoised.map(({ input }) => input)).toEqual([good[0], good[2]]);
    expect(failed.map(({ error }) => error.message)).toEqual([expect.stringMatching(sentence)]);
    expect(readdirSync(out).filter((name) => name.endsWith(".tif"))).toEqual(["a.tif", "c.tif"]);
  });

  test("of an input that has changed since, and without what is asked for beside it, are left out and told of", async () => {
    const out = at("changed");
    const input = at("changed.tif");
    copyFileSync(good[0]!, input);
    await run([input], { out });
    const result = join(out, "changed.tif");
    const told = async (more: Partial<DenoiseFilesOptions> = {}): Promise<string[]> => {
      const warnings: string[] = [];
      await denoiseFiles(
        // `more` names no model
        { method, files: [input], out, skipExisting: true, ...more } as DenoiseFilesOptions,
        { onWarning: (sentence) => warnings.push(sentence) },
      );
      return warnings;
    };
    const changed = `${result} was made with another content of the input, and stays; overwrite it to make it anew`;
    expect(await told()).toEqual([]);
    expect(await told({ report: true })).toEqual([
      `${result} is left out, so that there is no report of it; overwrite it to have one`,
    ]);
    // The same content anew, another of the same size, and another size.
    copyFileSync(good[0]!, input);
    expect(await told()).toEqual([]);
    copyFileSync(good[1]!, input);
    expect(await told()).toEqual([changed]);
    await writeImageFile(input, simulateScenes({ seed: 3, size: 40, scenes: 1, frames: 2 })[0]!.noisy);
    expect(await told()).toEqual([]);
    const bytes = readFileSync(input);
    writeFileSync(input, Buffer.concat([bytes, Buffer.alloc(2)]));
    expect(await told()).toEqual([changed]);
  });

  test("a result that a killed call left without a record gets one when it is left out", async () => {
    const out = at("killed");
    await run(good, { out });
    const path = join(out, "denoised.json");
    const before = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...before, results: before.results.slice(0, 1) }));
    await run(good, { out, skipExisting: true });
    expect(JSON.parse(readFileSync(path, "utf8")).results).toEqual([
      before.results[0],
      ...good
        .slice(1)
        .map((name, i) => ({ output: ["b.tif", "c.tif"][i], input: { name }, recovered: true })),
    ]);
  });

  test("many are named in part; a write-protected one is never replaced, and called so", async () => {
    const out = at("protected");
    await run(good, { out });
    const more = at("d.tif");
    copyFileSync(good[0]!, more);
    copyFileSync(more, join(out, "d.tif"));
    chmodSync(join(out, "a.tif"), 0o444);
    const before = readFileSync(join(out, "b.tif"));
    await expect(run([...good, more], { out })).rejects.toThrow(
      /a\.tif \(write-protected\), .*b\.tif, .*c\.tif and 1 more exist already/,
    );
    await expect(run(good, { out, overwrite: true })).rejects.toThrow(
      /^.*a\.tif \(write-protected\) cannot be replaced; give another folder$/,
    );
    expect(readFileSync(join(out, "b.tif"))).toEqual(before);
    rmSync(join(out, "c.tif"));
    mkdirSync(join(out, "c.tif"));
    await expect(run([good[2]!], { out, overwrite: true })).rejects.toThrow(/c\.tif \(a folder\) cannot be/);
  });

  test("a report that is there is not replaced either, nor a link to nothing, nor a file that came meanwhile", async () => {
    const out = at("reports");
    mkdirSync(out);
    writeFileSync(join(out, "a.report.json"), "{}");
    symlinkSync(at("nowhere"), join(out, "b.tif"));
    await expect(run(good, { out, report: true })).rejects.toThrow(/a\.report\.json, .*b\.tif exist already/);
    const late = at("late");
    const writesMeanwhile: typeof method = {
      ...method,
      apply(page, parameters) {
        writeFileSync(join(late, "a.tif"), "of another program");
        return method.apply(page, parameters);
      },
    };
    await expect(run(good.slice(0, 1), { out: late, method: writesMeanwhile })).rejects.toThrow(
      /write .*a\.tif: a file of this name is there already, and was kept/,
    );
    expect(readdirSync(late)).toEqual(["a.tif"]);
    expect(readFileSync(join(late, "a.tif"), "utf8")).toBe("of another program");
  });

  test("of what is overwritten, reports and maps that are not made anew are told of", async () => {
    const out = at("stale");
    await run(good, { out, report: true });
    const warnings: (string | undefined)[][] = [];
    await denoiseFiles(
      { method, files: [good[0]!], out, overwrite: true },
      { onWarning: (...warning) => warnings.push(warning) },
    );
    expect(warnings).toEqual(
      ["html", "json"].map((end) => [
        `${join(out, `a.report.${end}`)} is of the result that is replaced, and stays`,
        good[0],
      ]),
    );
  });

  test("a result is there only where all that belongs to it is, so that a batch can go on by results alone", async () => {
    const out = at("whole");
    const blocksReport: typeof method = {
      ...method,
      apply(page, parameters) {
        writeFileSync(join(out, "a.report.json"), "of another program");
        return method.apply(page, parameters);
      },
    };
    const files = [good[0]!];
    await expect(run(files, { out, report: true, method: blocksReport })).rejects.toThrow(
      /a\.report\.json: a file of this name is there already/,
    );
    expect(readdirSync(out)).toEqual(["a.report.json"]);
    await expect(run(files, { out, report: true })).rejects.toThrow(/exists already/);
    // A report without its result is what a run leaves that ends between the two.
    const { denoised } = await run(files, { out, report: true, skipExisting: true });
    expect(denoised).toHaveLength(1);
    expect(readFileSync(join(out, "a.report.json"), "utf8")).not.toBe("of another program");
  });

  test("an input is never written to, by whatever name", async () => {
    const out = at("names");
    mkdirSync(out);
    const before = readFileSync(good[0]!);
    linkSync(good[0]!, join(out, "a.tif"));
    await expect(run([good[0]!], { out, overwrite: true })).rejects.toThrow(/would overwrite the input/);
    rmSync(join(out, "a.tif"));
    symlinkSync(good[0]!, join(out, "a.tif"));
    await expect(run([good[0]!], { out, overwrite: true })).rejects.toThrow(/would overwrite the input/);
    // The result of one file in place of another input.
    mkdirSync(at("elsewhere"));
    copyFileSync(good[1]!, at("elsewhere", "c.tif"));
    await expect(run([good[2]!, at("elsewhere", "c.tif")], { out: folder, overwrite: true })).rejects.toThrow(
      /would overwrite the input/,
    );
    expect(readFileSync(good[0]!)).toEqual(before);
  });
});

test("whether names differ by case alone is asked of the folder", async () => {
  writeFileSync(at("Case"), "");
  expect(await ignoresCase(at("not", "there"))).toBe(existsSync(at("cASE")));
});

test("results go to folders below; names may be as long as they get, but for what stands beside them", async () => {
  const out = at("placed");
  mkdirSync(at("tree"));
  const long = at("tree", `${"x".repeat(251)}.tif`);
  for (const path of [at("tree", "a.tif"), long]) copyFileSync(good[0]!, path);
  const placed = { file: at("tree", "a.tif"), folder: join("tree", "deep") };
  const { denoised } = await denoiseFiles({ method, files: [good[0]!, placed, long], out });
  expect(denoised.map(({ output }) => output)).toEqual([
    join(out, "a.tif"),
    join(out, "tree", "deep", "a.tif"),
    join(out, `${"x".repeat(251)}.tif`),
  ]);
  await expect(run([long], { out: at("long"), report: true })).rejects.toThrow(
    /the report of .*x\.tif would have a name of 263 bytes, file systems take 255; give the input a shorter name$/,
  );
});

describe("files that cannot be used", () => {
  test("are left out and listed; the others are denoised", async () => {
    const out = at("some");
    const told: string[] = [];
    const { denoised, failed } = await denoiseFiles(
      { method, files: [good[0]!, cut, flat, good[1]!], out },
      {
        onDenoised: ({ input }) => told.push(input),
        onFailed: ({ input }) => told.push(`failed ${input}`),
      },
    );
    expect(denoised.map(({ output }) => output)).toEqual([join(out, "a.tif"), join(out, "b.tif")]);
    expect(failed.map(({ input, error }) => [input, error.message])).toEqual([
      [cut, expect.stringMatching(/cut\.tif is truncated/)],
      [flat, expect.stringMatching(/flat\.tif is constant/)],
    ]);
    // Damage is seen when files are looked at, a blank image when it is its turn.
    expect(told).toEqual([`failed ${cut}`, good[0], `failed ${flat}`, good[1]]);
    expect(readdirSync(out).sort()).toEqual(["a.tif", "b.tif", "denoised.json"]);
  });

  test("alone are an error, and nothing is written", async () => {
    const out = at("none");
    await expect(run([flat], { out })).rejects.toThrow(/^.*flat\.tif is constant/);
    await expect(run([flat, cut], { out })).rejects.toThrow(
      /^none of the 2 files could be denoised; the first: .*cut\.tif is truncated/,
    );
    expect(existsSync(out)).toBe(false);
  });

  test("what the command should not have named is refused, and with keepGoing left out", async () => {
    const out = at("kept-going");
    mkdirSync(out);
    writeFileSync(join(out, "b.tif"), "raw");
    mkdirSync(at("twin"), { recursive: true });
    copyFileSync(good[0]!, at("twin", "a.tif"));
    const files = [good[0]!, at("twin", "a.tif"), good[1]!, at("absent.tif"), `${good[2]!}#x`, good[2]!];
    for (const wrong of [2, 3, 4]) {
      await expect(run([good[0]!, files[wrong]!], { out })).rejects.toThrow(
        /exists already|no such file|expected a page/,
      );
    }
    expect(readdirSync(out)).toEqual(["b.tif"]);
    const { denoised, failed } = await run(files, { out, keepGoing: true });
    expect(denoised.map(({ input }) => input)).toEqual([good[0], good[2]]);
    expect(failed.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/would both be written to/),
      expect.stringMatching(/b\.tif exists already/),
      expect.stringMatching(/absent\.tif: no such file/),
      expect.stringMatching(/expected a page or a page range/),
    ]);
    expect(readFileSync(join(out, "b.tif"), "utf8")).toBe("raw");
  });
});

test.runIf(process.platform === "linux")("files are open one at a time", async () => {
  const open = (): number => readdirSync("/proc/self/fd").length;
  const many = at("many");
  mkdirSync(many);
  const files = Array.from({ length: 12 }, (_, i) => join(many, `${i}.tif`));
  for (const file of files) copyFileSync(good[0]!, file);
  const before = open();
  const seen: number[] = [];
  const out = at("many-out");
  const { denoised } = await denoiseFiles({ method, files, out }, { onProgress: () => seen.push(open()) });
  expect(denoised).toHaveLength(12);
  // The input and its result.
  expect(Math.max(...seen) - before).toBeLessThanOrEqual(3);
  expect(open()).toBeLessThanOrEqual(before);
});
