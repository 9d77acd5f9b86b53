import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { InputError } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { importModel } from "../../src/model/modelFile.js";
import { readManifest } from "../../src/training/manifest.js";
import { type MetricsLine, score } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();
const uninterrupted = join(folder, "uninterrupted");
let data: TinyData;
let options: Omit<TrainOptions, "out">;

const linesOf = (out: string): MetricsLine[] =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** What must not depend on the clock. */
const withoutTime = (lines: readonly MetricsLine[]): unknown =>
  lines.map((line) => ({ ...line, seconds: undefined }));

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"));
  options = { method: clidim, ...data, overrides: tiny, seed: 3 };
  await train({ ...options, out: uninterrupted });
});

describe("a run", () => {
  test("writes its five files and nothing else", () => {
    expect(readdirSync(uninterrupted).sort()).toEqual([
      "checkpoint.safetensors",
      "manifest.json",
      "metrics.jsonl",
      "model.safetensors",
      "preview.png",
    ]);
  });

  test("the manifest says what it was made from and how far it is", async () => {
    const manifest = await readManifest(join(uninterrupted, "manifest.json"), clidim);
    expect(manifest).toMatchObject({
      status: "completed",
      seed: 3,
      configuration: tiny,
      updates: { done: 6, total: 6 },
      data: {
        split: {
          kind: "scenes",
          validation: [`${data.noisy[1]}, page 0 of the selection`, expect.any(String)],
        },
      },
    });
    expect(manifest.data.noisy.map(({ name }) => name)).toEqual(data.noisy);
    expect(manifest.data.noisy[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(manifest.validation?.last?.update).toBe(6);
    const { best, last } = manifest.validation!;
    expect(score(best!)).toBeGreaterThanOrEqual(score(last!));
  });

  test("the log has a line per log point with finite losses, and validation figures at the end", () => {
    const lines = linesOf(uninterrupted);
    expect(lines.map(({ update }) => update)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { losses } of lines) {
      expect(Object.keys(losses)).toContain("l1");
      for (const loss of Object.values(losses)) expect(loss).toBeGreaterThanOrEqual(0);
    }
    expect(lines.filter((line) => line.validation).map(({ update }) => update)).toEqual([6]);
  });

  test("the model carries its configuration, normalisation and provenance", async () => {
    const manifest = await readManifest(join(uninterrupted, "manifest.json"), clidim);
    const model = importModel(readFileSync(join(uninterrupted, "model.safetensors")), methods);
    expect(model.configuration).toEqual(manifest.configuration);
    expect(model.normalization).toEqual(manifest.normalization);
    expect(model.provenance).toMatchObject({ seed: 3, updates: 6, data: { noisy: manifest.data.noisy } });
  });

  test("weights have moved; the same seed gives the same ones and another seed others", async () => {
    const [same, other] = [join(folder, "same"), join(folder, "other")];
    await train({ ...options, out: same });
    await train({ ...options, out: other, seed: 4 });
    const first = tensorsOf(join(uninterrupted, "checkpoint.safetensors"));
    expect(tensorsOf(join(same, "checkpoint.safetensors"))).toEqual(first);
    expect(tensorsOf(join(other, "model.safetensors"))).not.toEqual(
      tensorsOf(join(uninterrupted, "model.safetensors")),
    );
  });
});

describe("resumption", () => {
  /** Everything that a run leaves behind, apart from times. */
  function expectSame(out: string): void {
    for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
      expect(tensorsOf(join(out, name)), name).toEqual(tensorsOf(join(uninterrupted, name)));
    }
    expect(withoutTime(linesOf(out))).toEqual(withoutTime(linesOf(uninterrupted)));
    expect(readFileSync(join(out, "preview.png"))).toEqual(readFileSync(join(uninterrupted, "preview.png")));
  }

  test("after an interruption ends with the same weights bit for bit", async () => {
    const out = join(folder, "interrupted");
    const controller = new AbortController();
    const stopped = await train(
      { ...options, out },
      { signal: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
    );
    expect(stopped.completed).toBe(false);
    expect(stopped.manifest).toMatchObject({ status: "interrupted", updates: { done: 3, total: 6 } });
    // As of an earlier version of the program.
    const { adapter, versions } = stopped.manifest;
    const older = { ...versions, clidim: "0.0.1" };
    const file = join(out, "manifest.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), versions: older }));
    const said: string[] = [];
    const went = await train(
      { ...options, out, resume: true },
      { onWarning: (sentence) => said.push(sentence) },
    );
    expect(went.completed).toBe(true);
    expect(went.manifest.timings.sessions).toBe(2);
    expect(said.join()).toMatch(/started with version 0\.0\.1 of the program and goes on with/);
    expect(await readManifest(file, clidim)).toMatchObject({
      versions,
      earlier: [{ versions: older, adapter }],
    });
    expectSame(out);
  });

  test("after a crash between checkpoints does so too, and the log has no line twice", async () => {
    const out = join(folder, "crashed");
    const crash = new Error("power cut");
    const crashing = train(
      { ...options, out, checkpointEvery: { updates: 2 } },
      {
        onProgress: ({ update }) => {
          if (update === 5) throw crash;
        },
      },
    );
    await expect(crashing).rejects.toBe(crash);
    expect(linesOf(out)).toHaveLength(5);
    expect((await readManifest(join(out, "manifest.json"), clidim)).updates.done).toBe(4);
    await train({ ...options, out, resume: true });
    expectSame(out);
  });

  test("of a run that was finished early goes on to its last update; until then it is complete with what there is", async () => {
    const out = join(folder, "early");
    const controller = new AbortController();
    const early = await train(
      { ...options, out },
      { finish: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
    );
    expect(early.completed).toBe(true);
    const manifest = await readManifest(join(out, "manifest.json"), clidim);
    expect(manifest).toMatchObject({ status: "completed", updates: { done: 4, total: 6 }, kept: 4 });
    expect(manifest.comparison).toBeDefined();
    expect(
      linesOf(out)
        .filter((line) => line.validation)
        .map(({ update }) => update),
    ).toEqual([4]);
    const model = importModel(readFileSync(join(out, "model.safetensors")), methods);
    expect(model.provenance).toMatchObject({ updates: 4 });
    const went = await train({ ...options, out, resume: true });
    expect(went).toMatchObject({ completed: true, manifest: { updates: { done: 6 } } });
    const losses = (of: string) => linesOf(of).map((line) => line.losses);
    expect(losses(out)).toEqual(losses(uninterrupted));
  });

  test("of a finished run changes nothing", async () => {
    const before = tensorsOf(join(uninterrupted, "checkpoint.safetensors"));
    expect((await train({ ...options, out: uninterrupted, resume: true })).completed).toBe(true);
    expect(tensorsOf(join(uninterrupted, "checkpoint.safetensors"))).toEqual(before);
  });

  test("refuses other data, another configuration, another seed, and says what differs", async () => {
    const resume = { ...options, out: uninterrupted, resume: true };
    await expect(
      train({ ...resume, noisy: [...data.noisy].reverse(), clean: [...data.clean].reverse() }),
    ).rejects.toThrow(
      /the contents of noisy file .*scene02-noisy\.tif differ from those of .*scene00-noisy\.tif/,
    );
    await expect(train({ ...resume, overrides: { ...tiny, updates: 8 } })).rejects.toThrow(
      /updates was 6, is 8; give the same options as before/,
    );
    await expect(train({ ...resume, seed: 4, clean: "average" })).rejects.toThrow(
      /seed was 3, is 4; clean was 3 files, is average/,
    );
  });

  test("refuses a run of an earlier version, and says so", async () => {
    const out = join(folder, "earlier");
    mkdirSync(out);
    const { kept, ...manifest } = await readManifest(join(uninterrupted, "manifest.json"), clidim);
    expect(kept).toBe(6);
    writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest));
    copyFileSync(join(uninterrupted, "checkpoint.safetensors"), join(out, "checkpoint.safetensors"));
    await expect(train({ ...options, out, resume: true })).rejects.toThrow(
      /earlier.manifest\.json was made by an earlier version of this program .*start anew in another folder/,
    );
  });

  test("reads a checkpoint beyond the 2 GiB that Node reads at once, up to 4 GiB", async () => {
    const out = join(folder, "large");
    mkdirSync(out);
    copyFileSync(join(uninterrupted, "manifest.json"), join(out, "manifest.json"));
    // Of a file with a hole the disk has nothing, and it is refused before memory is taken for it.
    writeFileSync(join(out, "checkpoint.safetensors"), "");
    truncateSync(join(out, "checkpoint.safetensors"), 5 * 2 ** 30);
    await expect(train({ ...options, out, resume: true })).rejects.toThrow(
      /checkpoint\.safetensors: has 5368709120 bytes, expected at most 4294967296/,
    );
  });

  test("refuses a folder without a checkpoint", async () => {
    const out = join(folder, "nothing");
    await expect(train({ ...options, out, resume: true })).rejects.toThrow(/start one without resuming/);
    expect(existsSync(out)).toBe(false);
  });
});

describe("refusals before anything is written", () => {
  const refused = async (changes: Partial<TrainOptions>): Promise<string> => {
    const out = join(folder, "refused");
    const error: unknown = await train({ ...options, out, ...changes }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(existsSync(out)).toBe(false);
    return (error as InputError).message; // checked above
  };

  test("a folder with other files, and one with a run", async () => {
    const out = join(folder, "full");
    mkdirSync(out);
    writeFileSync(join(out, "thesis.txt"), "");
    await expect(train({ ...options, out })).rejects.toThrow(/full is not empty \(it holds thesis\.txt\)/);
    expect(readdirSync(out)).toEqual(["thesis.txt"]);
    await expect(train({ ...options, out: uninterrupted })).rejects.toThrow(
      /holds a training run already; resume it, or give another folder/,
    );
  });

  test("values that cannot be", async () => {
    expect(await refused({ seed: -1 })).toMatch(/^seed: expected a whole number/);
    expect(await refused({ validation: 1 })).toMatch(/^validation: expected a fraction/);
    expect(await refused({ overrides: { ...tiny, crop: 33 } })).toMatch(/crop is 33; allowed: a multiple of/);
    expect(await refused({ preset: "desktop" })).toMatch(/preset is "desktop"; allowed: quick/);
  });

  test("images that are smaller than the crop, with the crop that would fit", async () => {
    expect(await refused({ overrides: { ...tiny, crop: 64 } })).toMatch(
      /scene00-noisy\.tif is 48 x 48 pixels, .*crop of 64 x 64; set crop to 32, or leave/,
    );
  });
});

test("a loss that is no number stops the run with a sentence and leaves the last good checkpoint", async () => {
  const size = { width: 48, height: 48, dtype: "float32" } as const;
  const noisy = join(folder, "dim.tif");
  const clean = join(folder, "absurd.tif");
  await writeImageFile(noisy, [
    { ...size, data: Float32Array.from({ length: 48 * 48 }, (_, i) => (i % 7) / 10) },
  ]);
  await writeImageFile(clean, [
    { ...size, data: Float32Array.from({ length: 48 * 48 }, (_, i) => (i % 2) * 3e38) },
  ]);
  const warnings: string[] = [];
  const out = join(folder, "diverged");
  const run = train(
    { ...options, noisy: [noisy], clean: [clean], out, force: true },
    { onWarning: (sentence) => warnings.push(sentence) },
  );
  await expect(run).rejects.toThrow(/training stopped at update 1: the \w+ loss is .*state after update 0/);
  expect(warnings[0]).toMatch(/dim\.tif and .*absurd\.tif do not show the same/);
  expect(warnings.join("\n")).toMatch(/both should be in the same grey values/);
  expect(warnings.join("\n")).toMatch(/one page only/);
  expect((await readManifest(join(out, "manifest.json"), clidim)).status).toBe("failed");
  for (const { data: weights } of Object.values(tensorsOf(join(out, "checkpoint.safetensors")))) {
    expect(weights.every(Number.isFinite)).toBe(true);
  }
});
