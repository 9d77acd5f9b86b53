import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { batchState, parsePart, partOf, readJournals, submitToSlurm } from "@clidim/batch";
import { counterRandom } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, describe, expect, test, vi } from "vitest";
import { installed, until } from "./installed.js";
import { fictitiousJobs } from "./jobs.js";
import { startProgram } from "./program.js";
import { maySlurm, type SlurmCluster, slurmCluster } from "./slurmCluster.js";
import { long, makeStacks, resultsIn, SEED } from "./stacks.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const program = [
  process.execPath,
  fileURLToPath(new URL("../../packages/cli/bin/clidim.js", import.meta.url)),
];
const retries = { attempts: 3, backoff: 0.5 };

/** Whether a process is one of ours; it may have ended, and its number be another's. */
const isWorker = (pid: number): boolean =>
  existsSync(`/proc/${pid}/cmdline`) &&
  readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("clidim.js\0worker");

test("parts have each job once, in order, of about the same size", () => {
  const jobs = fictitiousJobs("/out", ...Array.from({ length: 100 }, (_, i) => `${i}`)).map((job, i) => ({
    ...job,
    pixels: i < 10 ? 1_000_000 : 10,
  }));
  const parts = Array.from({ length: 7 }, (_, index) => partOf(jobs, { index, count: 7 }));
  expect(parts.flat()).toEqual(jobs);
  expect(Math.max(...parts.map((part) => part.filter(({ pixels }) => pixels > 10).length))).toBe(2);
  expect(parsePart("3/16")).toEqual({ index: 3, count: 16 });
  for (const text of ["3", "16/16", "-1/2", "a/b"]) expect(() => parsePart(text)).toThrow(/expected a part/);
});

test("the scripts are what sbatch is given, whatever is in the paths", async () => {
  // An sbatch of our own, which runs what it is given at once, one task after the other.
  mkdirSync(at("bin"));
  writeFileSync(
    at("bin/sbatch"),
    `#!/bin/sh\necho "$@" >> '${folder}/said'\nfor script; do :; done\nSLURM_ARRAY_TASK_ID=1 sh "$script" >> '${folder}/ran'\necho "42;cluster"\n`,
  );
  chmodSync(at("bin/sbatch"), 0o755);
  vi.stubEnv("PATH", `${at("bin")}:${process.env.PATH}`);
  const jobs = fictitiousJobs(at("it's out"), "a", "b", "c");
  const submitted = await submitToSlurm({
    ...{ jobs, plan: at("plan.jsonl"), program: ["echo", "a b"], tasks: 2, workers: 3, retries },
    arguments: ["--gres=gpu:1", "--time=10"],
  });
  vi.unstubAllEnvs();
  expect(submitted).toMatchObject({ array: "42", summary: "42", tasks: 2 });
  const lines = join(submitted.folder, "jobs.jsonl");
  expect(readFileSync(at("ran"), "utf8").split("\n")).toEqual([
    `a b batch run ${lines} --workers 3 --attempts 3 --backoff 0.5s --part 1/2`,
    `a b batch summary ${at("plan.jsonl")}`,
    "",
  ]);
  const [array, summary] = readFileSync(at("said"), "utf8").split("\n");
  expect(array).toMatch(/--requeue --array=0-1 --gres=gpu:1 --time=10 .*array\.sh$/);
  expect(summary).toMatch(/--dependency=afterany:42 --time=10 .*summary\.sh$/);
});

test("without sbatch it is said where to submit from", async () => {
  vi.stubEnv("PATH", at("nothing"));
  const jobs = fictitiousJobs(at("missing"), "a");
  await expect(
    submitToSlurm({ jobs, plan: "plan.jsonl", program, tasks: 1, workers: 1, retries }),
  ).rejects.toThrow(/there is no sbatch here/);
  vi.unstubAllEnvs();
});

const here = installed("jobs by Slurm", "slurmctld", "slurmd", "munged", "sbatch");
if (here && !maySlurm()) console.warn("NOT TESTED: jobs by Slurm, since its daemons take root.");

describe.runIf(here && maySlurm())("jobs by a real Slurm", () => {
  let cluster: SlurmCluster | undefined;
  afterAll(async () => {
    if (cluster) spawnSync("scancel", ["--user=root"], { env: cluster.env });
    await cluster?.stop();
  });

  test("an array does all jobs, whatever processes are killed, with the bytes of a local run, and the summary comes after it", {
    timeout: long ? 0 : 240_000,
  }, async () => {
    cluster = await slurmCluster(at("cluster"));
    const stacks = await makeStacks(folder, long ? Math.max(20, Math.floor(long / 10)) : 12);
    const queued = await stacks.plan("slurm");
    const started = Date.now();
    const submitted = startProgram(
      [
        "batch",
        "run",
        queued.file,
        "--engine",
        "slurm",
        "--tasks",
        long ? "8" : "2",
        "--backoff",
        "1s",
        "--json",
      ],
      { cwd: folder, env: cluster.env },
    );
    const local = startProgram(["batch", "run", (await stacks.plan("here")).file, "--workers", "1"], {
      cwd: folder,
    });
    const { code, out, err } = await submitted.ended;
    expect(code, err).toBe(0);
    const { folder: logs, tasks } = JSON.parse(out);
    expect(tasks).toBe(long ? 8 : 2);
    const random = counterRandom(SEED, 0, 0);
    let kills = 0;
    await until(
      `the summary is there (${logs})`,
      async () => {
        if (existsSync(at("slurm/batch.json"))) return true;
        // Processes that have written down something, and still run.
        const pids = new Set(
          (await readJournals(at("slurm"))).map(({ worker }) => Number(worker.split(":").at(-1))),
        );
        const running = [...pids].filter(isWorker);
        if (running.length === 0 || (long ? random.uniform() > 0.03 : kills > 0)) return false;
        process.kill(running[random.integer(running.length)]!, "SIGKILL");
        kills++;
        return false;
      },
      long ? 36_000 : 200,
    );
    const seconds = (Date.now() - started) / 1000;
    expect(await local.ended).toMatchObject({ code: 3 });
    const results = resultsIn(at("slurm"));
    const reference = resultsIn(at("here"));
    for (const [name, bytes] of reference) expect(results.get(name)?.equals(bytes), name).toBe(true);
    const whole = stacks.names.filter((name) => !stacks.damaged.includes(name));
    expect([...results.keys()].toSorted()).toEqual(whole);
    const dead = (await batchState(queued.jobs)).filter(({ status }) => status === "dead");
    expect(dead.map(({ job }) => job.input.file.slice(-14))).toEqual(stacks.damaged);
    const summary = JSON.parse(readFileSync(at("slurm/batch.json"), "utf8"));
    expect(summary.progress).toMatchObject({ done: whole.length, dead: dead.length, open: 0 });
    expect(readdirSync(logs).filter((name) => name.endsWith(".log"))).toHaveLength(tasks + 1);
    if (long) {
      console.log(
        `${stacks.names.length} stacks by Slurm in ${tasks} tasks, ${kills} processes killed, ${dead.length} dead letters; ${seconds.toFixed(0)} s`,
      );
    }
  });
});
