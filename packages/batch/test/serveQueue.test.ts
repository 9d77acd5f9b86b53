import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlaceError } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeEach, expect, test, vi } from "vitest";
import { serveQueue } from "../src/engines/serveQueue.js";
import { type Job, jobId } from "../src/plan/job.js";
import type { Outcome } from "../src/run/outcome.js";
import { ProgramError } from "../src/run/programError.js";

/** What a job of the queue is done by. */
type Process = (queued: object, token?: string) => Promise<void>;
const given = vi.hoisted(() => ({
  process: undefined as Process | undefined,
  /** What becomes of a job. */
  run: async (): Promise<Outcome> => ({ status: "failed", error: "it is damaged", transient: false }),
  stopped: 0,
}));

vi.mock("../src/engines/bullmqQueue.js", async (importOriginal) => ({
  ...(await importOriginal<object>()),
  connectionTo: async () => ({}),
  loadBullmq: async () => ({
    Queue: class {
      on(): void {}
      async close(): Promise<void> {}
    },
    Worker: class {
      constructor(_queue: string, process: Process) {
        given.process = process;
      }
      on(): void {}
      async close(): Promise<void> {}
    },
    UnrecoverableError: class extends Error {},
    DelayedError: class extends Error {},
  }),
}));
vi.mock("../src/run/workerProcess.js", () => ({
  WorkerProcess: class {
    readonly alive = true;
    static async start(): Promise<object> {
      return new this();
    }
    run(): Promise<object> {
      return given.run();
    }
    async stop(): Promise<void> {
      given.stopped++;
    }
  },
}));

beforeEach(() => {
  given.process = undefined;
  given.stopped = 0;
});

/** A job of the queue with its result in `out`, and the seconds for which it was given back. */
function queuedJob(out: string) {
  const job: Omit<Job, "id"> = {
    format: "clidim-job",
    formatVersion: 1,
    input: { file: "/data/a.tif" },
    ...{ out, folder: "", output: "a.tif", pixels: 1 },
    parameters: { method: "gaussian" },
    ...{ methods: ["gaussian@1"], files: [] },
  };
  const delayed: number[] = [];
  return {
    delayed,
    data: { job: { ...job, id: jobId(job) }, failures: 0 } as object,
    attemptsMade: 0,
    moveToDelayed: async (time: number) => void delayed.push((time - Date.now()) / 1000),
    async updateData(data: object) {
      this.data = data;
    },
  };
}

/** A worker of the queue, what it has warned of, and what does its jobs. */
async function served(signal?: AbortSignal) {
  const warnings: string[] = [];
  const serving = serveQueue(
    {
      ...{ redis: "redis://h", queue: "q", lostAfter: 30 },
      workers: { count: 1, adapters: [undefined] },
      startWorker: () => {
        throw new Error("not asked");
      },
    },
    { ...(signal && { signal }), onWarning: (sentence) => warnings.push(sentence) },
  );
  serving.catch(() => undefined);
  return { serving, warnings, process: await vi.waitUntil(() => given.process) };
}

test("a failure that cannot be written down ends the worker, and its job goes back to the queue", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const { serving, process } = await served();
  const queued = queuedJob(join(file, "out"));
  await expect(process(queued)).rejects.toThrow(/^$/);
  expect(queued.delayed).toEqual([expect.closeTo(60, -1)]);
  await expect(serving).rejects.toBeInstanceOf(PlaceError);
});

test("a job of another version goes back to the queue, and is given up in the end; the worker goes on", async () => {
  const stopping = new AbortController();
  const { serving, warnings, process } = await served(stopping.signal);
  const before = given.run;
  given.run = () => Promise.reject(new ProgramError("a.tif was planned with gaussian@1"));
  const queued = queuedJob(temporaryFolder());
  for (let time = 0; time < 5; time++) await expect(process(queued)).rejects.toThrow(/^$/);
  expect(queued.delayed).toEqual(Array(5).fill(expect.closeTo(60, -1)));
  await expect(process(queued)).rejects.toThrow("a.tif was planned with gaussian@1");
  expect(warnings).toEqual([
    "a.tif was planned with gaussian@1; such jobs go back to the queue for workers of that version, 5 times, and are given up then",
  ]);
  given.run = before;
  await expect(process(queuedJob(temporaryFolder()))).rejects.toThrow("it is damaged");
  expect(given.stopped).toBe(0);
  stopping.abort(new Error("enough"));
  await expect(serving).rejects.toThrow("enough");
});

test("a file that is missing is tried again by the same process, another failure that may pass by a new one", async () => {
  const stopping = new AbortController();
  const { serving, process } = await served(stopping.signal);
  const before = given.run;
  const failed = { status: "failed", error: "it is missing", transient: true } as const;
  for (const [outcome, stopped] of [
    [{ ...failed, ofFile: true as const }, 0],
    [failed, 1],
  ] as const) {
    given.run = async () => outcome;
    await expect(process(queuedJob(temporaryFolder()))).rejects.toThrow("it is missing");
    expect(given.stopped).toBe(stopped);
  }
  given.run = before;
  stopping.abort(new Error("enough"));
  await expect(serving).rejects.toThrow("enough");
});
