import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { batchState, reviveDead, runLocal, type StartWorker } from "@clidim/batch";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { fictitiousJobs } from "./jobs.js";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("fakeWorker.mjs", import.meta.url));
const startWorker: StartWorker = () =>
  fork(script, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
const retries = { attempts: 3, backoff: 0.01 };

/** Runs jobs of these names in a folder of results of their own; what became of each attempt. */
async function run(
  name: string,
  files: readonly string[],
  options: { readonly count?: number; readonly signal?: AbortSignal; readonly start?: StartWorker } = {},
) {
  const out = join(folder, name, "out");
  mkdirSync(out, { recursive: true });
  const jobs = fictitiousJobs(out, ...files);
  const said: string[] = [];
  const run = async (): Promise<void> => {
    const open = (await batchState(jobs)).filter(({ status }) => status === "open");
    await runLocal(
      {
        jobs: open,
        workers: { count: options.count ?? 2, adapters: [undefined] },
        startWorker: options.start ?? startWorker,
        retries,
      },
      {
        ...(options.signal && { signal: options.signal }),
        onOutcome: (job, outcome, dead) =>
          said.push(
            `${job.output} ${outcome.status === "done" ? "done" : `${dead ? "dead" : "again"}: ${outcome.error}`}`,
          ),
      },
    );
  };
  const attempts = (): string[] =>
    readFileSync(join(folder, name, "attempts"), "utf8")
      .trim()
      .split("\n");
  return {
    jobs,
    said,
    run,
    attempts,
    states: async () => (await batchState(jobs)).map(({ status }) => status),
  };
}

test("a process that dies takes its attempt alone; what is damaged is given up at once, what may go better after three attempts", async () => {
  const files = ["a", "crashes-once", "b", "damaged", "crashes-always", "c", "lost"];
  const batch = await run("crashes", files);
  await batch.run();
  expect(await batch.states()).toEqual(["done", "done", "done", "dead", "dead", "done", "done"]);
  const killed = (file: string): string =>
    `/data/${file}: the process that denoised it ended (killed by SIGKILL)`;
  expect(batch.said.toSorted()).toEqual(
    [
      ...["a done", "b done", "c done"],
      `crashes-once again: ${killed("crashes-once")}`,
      "crashes-once done",
      "damaged dead: /data/damaged is damaged",
      `crashes-always again: ${killed("crashes-always")}`,
      `crashes-always again: ${killed("crashes-always")}`,
      `crashes-always dead: ${killed("crashes-always")}`,
      "lost again: the device was lost",
      "lost again: the device was lost",
      "lost done",
    ].toSorted(),
  );
  // After a device was lost another process opens one.
  const processes = batch
    .attempts()
    .flatMap((line) => (line.startsWith("/data/lost") ? [line.split(" ")[2]] : []));
  expect(new Set(processes).size).toBe(3);

  // Nothing is open, and nothing is done twice.
  const before = batch.attempts().length;
  await batch.run();
  expect(batch.attempts()).toHaveLength(before);
  // Another chance is one of three attempts again.
  await reviveDead(await batchState(batch.jobs));
  await batch.run();
  expect(batch.attempts()).toHaveLength(before + 1 + 3);
  expect(await batch.states()).toEqual(["done", "done", "done", "dead", "dead", "done", "done"]);
});

test("what no worker of this version says is a failure with a sentence, and another process takes its place", async () => {
  const batch = await run("unknown", ["unknown"], { count: 1 });
  await batch.run();
  expect(await batch.states()).toEqual(["done"]);
  expect(batch.said).toEqual([
    expect.stringMatching(
      /^unknown again: \/data\/unknown: the process that denoised it says \{"type":"outcome","outcome":\{"status":"finished"\}\}; expected the outcome of its job,/,
    ),
    expect.stringMatching(/^unknown again: .* says \{"type":"outcome","job":"another",/),
    "unknown done",
  ]);
  const processes = batch.attempts().map((line) => line.split(" ")[2]);
  expect(new Set(processes).size).toBe(3);
  const silly = `process.send({ type: "hello" }); process.on("message", () => undefined);`;
  const start: StartWorker = () =>
    spawn(process.execPath, ["-e", silly], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  await expect((await run("silly", ["a"], { start })).run()).rejects.toThrow(
    /a worker could not be started: it says \{"type":"hello"\}; expected that it is ready/,
  );
});

test("where nothing can be written, all ends with a sentence and the jobs stay open", async () => {
  const batch = await run("full", ["a", "full", "b", "c"], { count: 1 });
  await expect(batch.run()).rejects.toThrow(/no space left on the disk/);
  expect(await batch.states()).toEqual(["done", "open", "open", "open"]);
});

test("a job of another version is given up at once with its reason, and the others go on", async () => {
  const batch = await run("version", ["a", "other-version", "b"], { count: 1 });
  await batch.run();
  expect(await batch.states()).toEqual(["done", "dead", "done"]);
  expect(batch.said[1]).toBe("other-version dead: /data/other-version was planned with gaussian@1");
});

test("a file that is missing is tried again by the same process", async () => {
  const batch = await run("missing", ["missing"], { count: 1 });
  await batch.run();
  expect(await batch.states()).toEqual(["dead"]);
  const processes = batch.attempts().map((line) => line.split(" ")[2]);
  expect(processes).toEqual(Array(3).fill(processes[0]));
});

test("an interruption ends the processes, counts as no failure, and the same call goes on", async () => {
  const stopping = new AbortController();
  const children: ChildProcess[] = [];
  const start: StartWorker = (adapter) => {
    const child = startWorker(adapter);
    children.push(child);
    return child;
  };
  const batch = await run("interrupted", ["a", "endless", "b"], { count: 1, signal: stopping.signal, start });
  const running = batch.run();
  const reason = new Error("Ctrl-C");
  const wait = setInterval(() => {
    if (batch.said.length === 1) stopping.abort(reason);
  }, 10);
  await expect(running).rejects.toBe(reason);
  clearInterval(wait);
  expect(children.every(({ exitCode }) => exitCode === 0)).toBe(true);
  expect((await batchState(batch.jobs)).map(({ status, failures }) => `${status} ${failures}`)).toEqual([
    "done 0",
    "open 0",
    "open 0",
  ]);
});

test("a worker that cannot be started says so", async () => {
  const batch = await run("no-start", ["a"], {
    start: () => fork("/none.mjs", { stdio: ["ignore", "ignore", "pipe", "ipc"] }),
  });
  await expect(batch.run()).rejects.toThrow(/a worker could not be started: exit code 1:/);
});
