import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ClassicalMethod, type MethodRegistry, methodRegistry } from "@clidim/denoise";
import { denoiseFiles } from "@clidim/denoise/node";
import { InputError, simulateScenes, TransientError } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import type { Job } from "../src/plan/job.js";
import { planBatch } from "../src/plan/planBatch.js";
import { batchState } from "../src/run/batchState.js";
import { JobRunner } from "../src/run/jobRunner.js";
import { ProgramError } from "../src/run/programError.js";
import { writeSummary } from "../src/summary/writeSummary.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const signal = new AbortController().signal;

async function planned(
  name: string,
  out: string,
  parameters: Job["parameters"] = { method: "gaussian" },
  registry: MethodRegistry = methods,
): Promise<Job> {
  const [job] = await planBatch({
    methods: registry,
    files: [{ file: at(name), folder: "" }],
    out: at(out),
    parameters,
  });
  return job!;
}

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 48, scenes: 1, frames: 2 });
  for (const name of ["a.tif", "b.tif"]) await writeImageFile(at(name), scene!.noisy);
  await writeImageFile(at("two.tif"), scene!.noisy, { axes: ["C", "Y", "X"], shape: [2, 48, 48] });
});

test("the result bears the job, is written down with the report's figures, and stays when the job comes again", async () => {
  const job = await planned("a.tif", "out", { method: "gaussian", report: true });
  const runner = new JobRunner(methods);
  const done = await runner.run(job, 1, signal);
  expect(done).toMatchObject({
    status: "done",
    output: "a.tif",
    pixels: 2 * 48 * 48,
    trust: { findings: expect.any(Array), residualCorrelation: expect.any(Number) },
    record: { job: job.id, input: { name: at("a.tif") } },
  });
  const result = at("out/a.tif");
  expect(readFileSync(result, "latin1")).toContain(`(job ${job.id})`);
  const { mtimeMs } = statSync(result);
  expect(await runner.run(job, 2, signal)).toMatchObject({ status: "done", found: true });
  expect(statSync(result).mtimeMs).toBe(mtimeMs);
  // The first one has the figures.
  expect(await batchState([job])).toMatchObject([{ status: "done", done: { trust: {}, attempt: 1 } }]);
});

test.each(["a.tif", "two.tif"])("what a report says is known of a result that is found: %s", async (name) => {
  const job = await planned(name, "found", { method: "gaussian", report: true });
  const first = await new JobRunner(methods).run(job, 1, signal);
  expect(first).toHaveProperty("trust.residualCorrelation");
  // As where the process was killed before it has written that down.
  rmSync(at("found/.batch"), { recursive: true });
  const runner = new JobRunner(methods);
  expect(await runner.run(job, 2, signal)).toMatchObject({
    found: true,
    trust: (first as { trust: unknown }).trust, // it has one
  });
  for (const report of readdirSync(at("found")).filter((one) => one.endsWith(".report.json")))
    writeFileSync(at(`found/${report}`), "{");
  const bare = await runner.run(job, 3, signal);
  expect(bare).toMatchObject({ status: "done", found: true });
  expect(bare).not.toHaveProperty("trust");
});

test("records are those of what made the files", async () => {
  const runner = new JobRunner(methods);
  const recorded = (): unknown => {
    const { results } = JSON.parse(readFileSync(at("recorded/denoised.json"), "utf8"));
    return results.map((record: { job?: string; method?: { name: string } }) => record.job ?? "none");
  };
  const [a, b] = [await planned("a.tif", "recorded"), await planned("a.tif", "recorded", { method: "tv" })];
  for (const job of [a, b]) {
    await runner.run(job, 1, signal);
    await writeSummary(await batchState([job]));
    expect(recorded()).toEqual([job.id]);
  }
  await writeSummary(await batchState([a]));
  expect(recorded()).toEqual([b.id]);
  const [input, out] = [at("a.tif"), at("recorded")];
  await denoiseFiles({ method: methods.classicalNamed("gaussian"), files: [input], out, overwrite: true });
  expect(recorded()).toEqual(["none"]);
  await writeSummary(await batchState([b]));
  expect(recorded()).toEqual(["none"]);
});

test("another folder gets the same bytes; the result of another job of ours is replaced", async () => {
  const runner = new JobRunner(methods);
  const [here, there] = [await planned("a.tif", "here"), await planned("a.tif", "there")];
  const bytes = async (job: Job): Promise<Buffer> => {
    expect(await runner.run(job, 1, signal)).toMatchObject({ status: "done" });
    return readFileSync(join(job.out, "a.tif"));
  };
  const first = await bytes(here);
  expect((await bytes(there)).equals(first)).toBe(true);
  await bytes(await planned("a.tif", "there", { method: "tv" }));
  expect(readFileSync(at("there/a.tif")).equals(first)).toBe(false);
});

test("what replaces the result of an earlier plan says so; that of no job, or of another file, stays unless it is to be overwritten", async () => {
  const runner = new JobRunner(methods);
  const given = (name: string): string => at(`given/${name}`);
  const [a] = [await planned("a.tif", "given")];
  await denoiseFiles({ method: methods.classicalNamed("tv"), files: [at("a.tif")], out: at("given") });
  const first = readFileSync(given("a.tif"));
  expect(await runner.run(a, 1, signal)).toEqual({
    status: "failed",
    error: expect.stringMatching(
      /given\/a\.tif was made by clidim denoise, not by a batch, and was not replaced; move it away or .* plan again to overwrite it/,
    ),
    transient: false,
  });
  expect(readFileSync(given("a.tif")).equals(first)).toBe(true);

  const done = await runner.run({ ...a, overwrite: true }, 2, signal);
  expect(done).toMatchObject({ status: "done" });
  expect(done).not.toHaveProperty("notes");
  const tv = await planned("a.tif", "given", { method: "tv" });
  writeFileSync(given("a.report.html"), "of before");
  expect(await runner.run(tv, 1, signal)).toMatchObject({
    status: "done",
    notes: [
      `${given("a.report.html")} is of the result that is replaced, and stays`,
      `${at("a.tif")}: its result of an earlier plan was there, and is replaced`,
    ],
  });

  mkdirSync(at("day2"));
  copyFileSync(at("a.tif"), at("day2/a.tif"));
  const other = await planned("day2/a.tif", "given", { method: "wiener" });
  const of = (from: string): object => ({
    error: expect.stringContaining(
      `${given("a.tif")} is the result of another job${from}, and was not replaced`,
    ),
  });
  expect(await runner.run(other, 1, signal)).toMatchObject(of(`, of ${at("a.tif")}`));
  rmSync(given(".batch"), { recursive: true });
  rmSync(given("denoised.json"));
  expect(await new JobRunner(methods).run(tv, 2, signal)).toMatchObject({ found: true });
  rmSync(given(".batch"), { recursive: true });
  expect(await new JobRunner(methods).run(other, 1, signal)).toMatchObject(of(""));
});

test("what is wrong with a file, or has changed, is said, and is no matter of another attempt", async () => {
  const runner = new JobRunner(methods);
  const changed = await planned("b.tif", "changed");
  appendFileSync(at("b.tif"), "\0");
  expect(await runner.run(changed, 1, signal)).toEqual({
    status: "failed",
    error: `${at("b.tif")} has changed since it was planned; plan again`,
    transient: false,
  });
  expect(existsSync(at("changed/b.tif"))).toBe(false);
  const beside = await planned("a.tif", "foreign");
  mkdirSync(at("foreign"));
  copyFileSync(at("a.tif"), at("foreign/a.tif"));
  expect(await runner.run(beside, 1, signal)).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/foreign\/a\.tif was not made by clidim, and was not replaced/),
    transient: false,
  });
  expect(readFileSync(at("foreign/a.tif")).equals(readFileSync(at("a.tif")))).toBe(true);
});

test("a file that could not be opened when it was planned is done once it can be", async () => {
  writeFileSync(at("late.tif"), "II*\0");
  const job = await planned("late.tif", "late");
  expect(job).toMatchObject({ problem: expect.any(String) });
  const runner = new JobRunner(methods);
  expect(await runner.run(job, 1, signal)).toMatchObject({
    status: "failed",
    error: expect.not.stringMatching(/has changed/),
  });
  copyFileSync(at("a.tif"), at("late.tif"));
  expect(await runner.run(job, 2, signal)).toMatchObject({ status: "done", output: "late.tif" });
});

/** The methods that there are, with another blur of this name. */
const withBlur = (blur: Partial<ClassicalMethod>): MethodRegistry => {
  const { reach: _, ...gaussian } = methods.classicalNamed("gaussian");
  return methodRegistry([{ ...gaussian, ...blur }]);
};

test("a method that has changed since it was planned is refused, and has jobs of its own", async () => {
  const later = withBlur({ version: 2 });
  const job = await planned("a.tif", "versions");
  expect(job.methods).toEqual(["gaussian@1"]);
  expect((await planned("a.tif", "versions", job.parameters, later)).id).not.toBe(job.id);
  const running = new JobRunner(later).run(job, 1, signal);
  // Of the machine, not of the job.
  await expect(running).rejects.toBeInstanceOf(ProgramError);
  await expect(running).rejects.toThrow(
    `${at("a.tif")} was planned with gaussian@1, this program knows gaussian@2; install the version of the plan, or plan again`,
  );
});

test("what was there when it was planned may be there again: a drive that is not connected", async () => {
  mkdirSync(at("drive"));
  copyFileSync(at("a.tif"), at("drive/a.tif"));
  writeFileSync(at("drive/model.safetensors"), "a model");
  const job = await planned("drive/a.tif", "mount");
  const files = [{ path: at("drive/model.safetensors"), bytes: 7, sha256: "0".repeat(64) }];
  const byModel: Job = { ...(await planned("a.tif", "mount")), methods: [], files };
  renameSync(at("drive"), at("away"));
  const runner = new JobRunner(methods);
  const missing = async (one: Job, path: string): Promise<void> => {
    expect(await runner.run(one, 1, signal)).toEqual({
      status: "failed",
      error: `read ${at(path)}: no such file or folder, where one was when it was planned; connect its drive to this machine, or plan again`,
      transient: true,
      ofFile: true,
    });
  };
  await missing(job, "drive/a.tif");
  await missing(
    { ...byModel, parameters: { model: [at("drive/model.safetensors")] } },
    "drive/model.safetensors",
  );
  renameSync(at("away"), at("drive"));
  expect(await runner.run(job, 2, signal)).toMatchObject({ status: "done" });
  // Nobody knows of one that could not be opened that it was ever there.
  const unopened: Job = {
    ...job,
    id: "0".repeat(64),
    problem: "it is damaged",
    input: { file: at("drive/none.tif") },
  };
  expect(await runner.run(unopened, 1, signal)).toMatchObject({ status: "failed", transient: false });
});

test("what a result that was found is of is known to the next plan", async () => {
  copyFileSync(at("a.tif"), at("later.tif"));
  const job = await planned("later.tif", "recovered");
  await new JobRunner(methods).run(job, 1, signal);
  const forget = (): void => {
    rmSync(at("recovered/.batch"), { recursive: true });
    rmSync(at("recovered/denoised.json"), { force: true });
  };
  const next = async (method: string): Promise<Job> => {
    utimesSync(at("later.tif"), 1e9, 1e9);
    return planned("later.tif", "recovered", { method });
  };
  const replaced = {
    status: "done",
    notes: [`${at("later.tif")}: its result of an earlier plan was there, and is replaced`],
  };
  // As where the process was killed before it had written that down.
  forget();
  expect(await new JobRunner(methods).run(job, 2, signal)).toMatchObject({
    found: true,
    input: { name: at("later.tif") },
  });
  const changed = await next("gaussian");
  expect(await new JobRunner(methods).run(changed, 1, signal)).toMatchObject(replaced);
  // A summary says so where journals are gone.
  forget();
  expect(await new JobRunner(methods).run(changed, 2, signal)).toMatchObject({ found: true });
  await writeSummary(await batchState([changed]));
  const { results } = JSON.parse(readFileSync(at("recovered/denoised.json"), "utf8"));
  expect(results).toEqual([
    { output: "later.tif", input: { name: at("later.tif") }, job: changed.id, recovered: true },
  ]);
  rmSync(at("recovered/.batch"), { recursive: true });
  expect(await new JobRunner(methods).run(await next("tv"), 1, signal)).toMatchObject(replaced);
});

test("the record is that of the last time that a job was done", async () => {
  const job = await planned("a.tif", "again");
  const runner = new JobRunner(methods);
  const dates: unknown[] = [];
  for (let attempt = 1; attempt < 3; attempt++) {
    const done = await runner.run(job, attempt, signal);
    await writeSummary(await batchState([job]));
    const { results } = JSON.parse(readFileSync(at("again/denoised.json"), "utf8"));
    expect(results).toEqual([(done as { record?: unknown }).record]);
    dates.push(results[0].date);
    rmSync(at("again/a.tif"));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(new Set(dates).size).toBe(2);
});

const ofSystem = (code: string): Error => Object.assign(new Error("of the system"), { code });

test.each<[string, () => Error | number, boolean, RegExp]>([
  ["a result that is no number", () => Number.NaN, false, /a\.tif: the result holds what is no number/],
  ["too little memory", () => new RangeError("Array buffer allocation failed"), true, /into memory/],
  ["a busy server", () => new TransientError("503"), true, /503/],
  ["a busy server, of a part", () => new InputError("b", { cause: new TransientError("c") }), true, /b/],
  [
    "a disk, somewhere below",
    () => new InputError("a", { cause: new Error("b", { cause: ofSystem("EIO") }) }),
    true,
    /a/,
  ],
  ["no such file", () => new InputError("a", { cause: ofSystem("ENOENT") }), false, /a/],
  ["damage that a decoder finds", () => new InputError("a", { cause: ofSystem("Z_DATA_ERROR") }), false, /a/],
  ["what Node refuses", () => new InputError("a", { cause: ofSystem("ERR_OUT_OF_RANGE") }), false, /a/],
  ["a defect", () => new Error("a"), true, /a/],
])("whether it may go better another time: %s", async (_, wrong, transient, message) => {
  const registry = withBlur({
    apply: (page) => {
      const what = wrong();
      if (what instanceof Error) throw what;
      return { ...page, data: new Float64Array(page.data.length).fill(what) };
    },
  });
  const job = await planned("a.tif", "wrong", { method: "gaussian" }, registry);
  expect(await new JobRunner(registry).run(job, 1, signal)).toEqual({
    status: "failed",
    error: expect.stringMatching(message),
    transient,
  });
  expect(existsSync(at("wrong/a.tif"))).toBe(false);
});

test("a model that has changed since it was planned is refused", async () => {
  writeFileSync(at("model.safetensors"), "a model");
  const job = await planned("a.tif", "model");
  const files = [{ path: at("model.safetensors"), bytes: 7, sha256: "0".repeat(64) }];
  const byModel: Job = { ...job, parameters: { model: [at("model.safetensors")] }, methods: [], files };
  expect(await new JobRunner(methods).run(byModel, 1, signal)).toEqual({
    status: "failed",
    error: `${at("model.safetensors")} has changed since it was planned; plan again`,
    transient: false,
  });
});

test("an interruption is no outcome, and leaves nothing", async () => {
  const stopping = new AbortController();
  stopping.abort(new Error("stop"));
  const job = await planned("a.tif", "stopped");
  await expect(new JobRunner(methods).run(job, 1, stopping.signal)).rejects.toThrow("stop");
  expect(existsSync(at("stopped/a.tif"))).toBe(false);
  expect(await batchState([job])).toMatchObject([{ status: "open", failures: 0 }]);
});
