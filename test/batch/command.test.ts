import { fork } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { bin, type Ended, startProgram } from "./program.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const clidim = (
  args: readonly string[],
  onError?: Parameters<typeof startProgram>[1]["onError"],
): Promise<Ended> => startProgram(args, { cwd: folder, ...(onError && { onError }) }).ended;

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 32, scenes: 1, frames: 1 });
  for (let i = 0; i < 6; i++) await writeImageFile(at(`in${i}.tif`), scene!.noisy);
  writeFileSync(at("in3.tif"), "II*\0garbage");
});

test("plan, run, Ctrl-C, run, status, summary", async () => {
  const planned = await clidim(["batch", "plan", "--method", "gaussian", "--in", "in*.tif", "--out", "out"]);
  expect(planned).toMatchObject({ code: 0, err: expect.stringMatching(/^Note: .*in3\.tif/) });
  expect(planned.out.trim().split("\n")).toHaveLength(6);
  writeFileSync(at("jobs.jsonl"), planned.out);

  let pressed = false;
  const run = ["batch", "run", "jobs.jsonl", "--workers", "1"];
  const stopped = await clidim(run, (err, child) => {
    if (pressed || !/^file 1\/6/m.test(err)) return;
    pressed = true;
    child.kill("SIGINT");
  });
  expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining("the same command goes on") });
  const results = (): string[] => readdirSync(at("out")).filter((name) => name.endsWith(".tif"));
  expect(results()).not.toContain("in5.tif");

  const finished = await clidim([...run, "--json"]);
  expect(finished).toMatchObject({ code: 3, err: expect.stringMatching(/^Given up: .*in3\.tif/m) });
  expect(JSON.parse(finished.out)).toMatchObject({
    type: "summary",
    html: at("out/batch.html"),
    progress: { jobs: 6, done: 5, dead: 1, open: 0 },
  });
  expect(results()).toEqual(["in0.tif", "in1.tif", "in2.tif", "in4.tif", "in5.tif"]);
  const bytes = results().map((name) => readFileSync(at(`out/${name}`)).length);
  expect(new Set(bytes).size).toBe(1);
  expect(JSON.parse(readFileSync(at("out/denoised.json"), "utf8")).results).toHaveLength(5);

  const { code, out } = await clidim(["batch", "status", "jobs.jsonl"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^5 of 6 files are done, 1 given up, 0 open\.\n/);
  expect(out).toMatch(/^Given up: \S*in3\.tif is truncated/m);

  const again = await clidim(["batch", "run", "out/batch.dead.jsonl", "--retry-dead"]);
  expect(again).toMatchObject({
    code: 2,
    err: expect.stringContaining("the summary is of the jobs that had been given up; clidim batch summary"),
  });
});

test("options that are of another engine are refused", async () => {
  const run = (...args: string[]): Promise<Ended> => clidim(["batch", "run", "none.jsonl", ...args]);
  const given = ["--tasks", "5", "--sbatch=--x", "--redis", "redis://h", "--no-wait"];
  expect(await run("--engine", "local", ...given)).toEqual({
    code: 2,
    out: "",
    err: expect.stringMatching(
      /^clidim: the engine local has no use for tasks, sbatch, redis, wait; .*\(--engine, --tasks, --sbatch, --redis, --no-wait\)\n$/,
    ),
  });
  expect((await run("--engine", "bullmq", "--workers", "2", "--adapter", "0", "--part", "0/2")).err).toMatch(
    /the engine bullmq has no use for workers, adapter, part; /,
  );
  expect((await run("--engine", "slurm", "--queue", "q")).err).toMatch(
    /the engine slurm has no use for queue; /,
  );
  expect((await run("--workers", "2", "--part", "0/2")).err).toMatch(/none\.jsonl/);
});

test("a channel that a supervisor has given to a worker makes it no process of a batch", async () => {
  const child = fork(bin, ["worker"], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
  let err = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(err).toMatch(/^clidim: redis: expected the address/);
  expect(code).toBe(2);
});

test("a worker whose batch has ended while it was starting ends as well", async () => {
  const child = fork(bin, ["worker", "--redis", "redis://localhost:1"], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
    // Another process was the parent.
    env: { ...process.env, CLIDIM_BATCH_STARTER: String(process.ppid) },
  });
  let err = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([err, code]).toEqual(["", 0]);
});

test("options of commands within commands are looked at first, and help is theirs", async () => {
  expect(await clidim(["batch", "plan", "--methd", "gaussian"])).toEqual({
    code: 2,
    out: "",
    err: "clidim: unknown option '--methd'\n(Did you mean --method?)\n",
  });
  expect(await clidim(["worker"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^clidim: redis: expected the address/),
  });
});
