import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  batchState,
  parsePart,
  partOf,
  readJournals,
  type SubmittedToSlurm,
  submitToSlurm,
} from "@clidim/batch";
import { counterRandom } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, describe, expect, test, vi } from "vitest";
import { installed, until } from "./installed.js";
import { fictitiousJobs } from "./jobs.js";
import { startProgram } from "./program.js";
import { type Daemon, maySlurm, type SlurmCluster, slurmCluster } from "./slurmCluster.js";
import { type Fault, SlurmFaults } from "./slurmFaults.js";
import { long, makeStacks, resultsIn, SEED } from "./stacks.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const program = [
  process.execPath,
  fileURLToPath(new URL("../../packages/cli/bin/clidim.js", import.meta.url)),
];
const retries = { attempts: 3, backoff: 0.5 };

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

test("where the summary alone is refused, the array is submitted, which is said; GPUs, dependencies, adapter and indices", async () => {
  const said = at("said of two");
  writeFileSync(
    at("bin/sbatch"),
    `#!/bin/sh\necho "$@" >> '${said}'\nfor script; do :; done\ncase $script in *summary.sh) echo "too many jobs" >&2; exit 1;; esac\necho 43\n`,
  );
  chmodSync(at("bin/sbatch"), 0o755);
  vi.stubEnv("PATH", `${at("bin")}:${process.env.PATH}`);
  const plan = {
    jobs: fictitiousJobs(at("two"), "a"),
    plan: at("plan.jsonl"),
    program: ["a"],
    tasks: 1,
    workers: 1,
    retries,
  };
  const submitted = await submitToSlurm({
    ...plan,
    adapter: "llvmpipe",
    arguments: [
      ...["--time=10", "-G", "2", "--gpus=1", "--tres-per-task=gres/gpu:1"],
      ...["--dependency=afterok:7", "-d", "afterok:8", "-dafterok:9"],
    ],
  });
  expect(submitted).toMatchObject({ array: "43", summaryRefused: "sbatch refuses the jobs: too many jobs" });
  expect(submitted).not.toHaveProperty("summary");
  const [array, summary] = readFileSync(said, "utf8").split("\n");
  expect(array).toContain(
    "--time=10 -G 2 --gpus=1 --tres-per-task=gres/gpu:1 --dependency=afterok:7 -d afterok:8 -dafterok:9",
  );
  expect(summary).toMatch(/--dependency=afterany:43 --time=10 \S*summary\.sh$/);
  expect(readFileSync(join(submitted.folder, "array.sh"), "utf8")).toMatch(/--adapter'? '?llvmpipe/);
  await expect(submitToSlurm({ ...plan, arguments: ["--array=0-9%4"] })).rejects.toThrow(
    /^--array=0-9%4: the array has an index for each of its tasks/,
  );
  for (const wait of ["--wait", "-W"])
    await expect(submitToSlurm({ ...plan, arguments: ["--time=10", wait] })).rejects.toThrow(
      `${wait}: sbatch would say nothing before the array has ended`,
    );
  const { array: begun } = await submitToSlurm({ ...plan, arguments: ["--wait-all-nodes=1"] });
  expect(begun).toBe("43");
  vi.unstubAllEnvs();
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

  test("an array does all jobs with the bytes of a local run, whatever is killed and when Slurm's daemons start anew, and the summary comes after it", {
    timeout: long ? 0 : 400_000,
  }, async () => {
    const count = long ?? 16;
    cluster = await slurmCluster(at("cluster"), long ? 4 : 2);
    const { env } = cluster;
    const stacks = await makeStacks(folder, count);
    const queued = await stacks.plan("slurm");
    const tasks = long ? 16 : 2;
    const command = ["batch", "run", queued.file, "--engine", "slurm", "--tasks", String(tasks), "--backoff"];
    const submit = async (): Promise<SubmittedToSlurm> => {
      const { code, out, err } = await startProgram([...command, "0.5s", "--json"], { cwd: folder, env })
        .ended;
      expect(code, err).toBe(0);
      return JSON.parse(out);
    };
    const here = await stacks.plan("here");
    const local = startProgram(["batch", "run", here.file, "--workers", long ? "2" : "1"], { cwd: folder });
    const faults = new SlurmFaults(cluster, counterRandom(SEED, 0, 0));
    // What befalls the tasks in a short run, one after the other; in a long one, the seed says so.
    const planned: Fault[] = ["worker", "program"];
    const between = long ? Math.max(5, Math.min(125, Math.floor(count / 40))) : 1;
    const restarts: { readonly daemon: Daemon; readonly after: number }[] = [
      { daemon: "slurmctld", after: count / 3 },
    ];
    if (long) restarts.push({ daemon: "slurmd", after: count / 2 });
    let next = between;
    const done = (): number =>
      existsSync(at("slurm")) ? readdirSync(at("slurm")).filter((name) => name.endsWith(".tif")).length : 0;
    const started = Date.now();
    const submissions: SubmittedToSlurm[] = [];
    do {
      // What was killed with its task is open after it; the same command submits that.
      rmSync(at("slurm/batch.json"), { force: true });
      submissions.push(await submit());
      const { folder: logs } = submissions.at(-1)!;
      const advance = async (): Promise<boolean> => {
        if (existsSync(at("slurm/batch.json"))) return true;
        const there = done();
        if (restarts[0] && there >= restarts[0].after && cluster!.remembers(join(logs, "summary.sh"))) {
          await cluster!.restart(restarts.shift()!.daemon);
        }
        if (there < next || (!long && planned.length === 0)) return false;
        if (faults.strike(planned[0])) {
          planned.shift();
          next = there + between;
        }
        return false;
      };
      await until(`the summary is there (${logs})`, advance, long ? 36_000 : 360).catch((error) => {
        throw new Error(cluster!.report(), { cause: error });
      });
    } while (long && (await batchState(queued.jobs)).some(({ status }) => status === "open"));
    const seconds = (Date.now() - started) / 1000;
    expect(await local.ended).toMatchObject({ code: 3 });

    const results = resultsIn(at("slurm"));
    const reference = resultsIn(at("here"));
    for (const [name, bytes] of reference) expect(results.get(name)?.equals(bytes), name).toBe(true);
    const whole = stacks.names.filter((name) => !stacks.damaged.includes(name));
    expect([...results.keys()].toSorted()).toEqual(whole);
    expect(reference.size).toBe(whole.length);
    const dead = (await batchState(queued.jobs)).filter(({ status }) => status === "dead");
    expect(dead.map(({ job }) => job.input.file.slice(-14))).toEqual(stacks.damaged);
    const summary = JSON.parse(readFileSync(at("slurm/batch.json"), "utf8"));
    expect(summary.progress).toMatchObject({ done: whole.length, dead: dead.length, open: 0 });
    const [{ folder: logs }] = submissions as [SubmittedToSlurm];
    expect(readdirSync(logs).filter((name) => name.endsWith(".log"))).toHaveLength(tasks + 1);
    expect(restarts).toEqual([]);
    expect(faults.total).toBeGreaterThanOrEqual(2);
    if (long) {
      const journals = await readJournals(at("slurm"));
      const twice = journals.filter(({ status }) => status === "done").length - whole.length;
      const { worker, program: programs, requeue, task } = faults.counts;
      console.log(
        `${count} stacks by Slurm, four tasks at a time of ${tasks}: ${whole.length} results, ${dead.length} dead letters; ${worker} workers, ${programs} programs and ${task} whole tasks killed, ${requeue} requeued, slurmctld and slurmd restarted once each, ${submissions.length} submissions, ${twice} jobs begun or found again; ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(1)} files/s`,
      );
    }
  });
});
