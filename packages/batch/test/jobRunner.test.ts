import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import type { Job } from "../src/plan/job.js";
import { planBatch } from "../src/plan/planBatch.js";
import { batchState } from "../src/run/batchState.js";
import { JobRunner } from "../src/run/jobRunner.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const signal = new AbortController().signal;

async function planned(
  name: string,
  out: string,
  parameters: Job["parameters"] = { method: "gaussian" },
): Promise<Job> {
  const [job] = await planBatch({
    methods,
    files: [{ file: at(name), folder: "" }],
    out: at(out),
    parameters,
  });
  return job!;
}

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 48, scenes: 1, frames: 2 });
  for (const name of ["a.tif", "b.tif"]) await writeImageFile(at(name), scene!.noisy);
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

test("a model that has changed since it was planned is refused", async () => {
  writeFileSync(at("model.safetensors"), "a model");
  const job = await planned("a.tif", "model");
  const files = [{ path: at("model.safetensors"), bytes: 7, sha256: "0".repeat(64) }];
  const byModel: Job = { ...job, parameters: { model: [at("model.safetensors")] }, files };
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
