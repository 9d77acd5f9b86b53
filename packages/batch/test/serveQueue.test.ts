import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlaceError } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { serveQueue } from "../src/engines/serveQueue.js";
import { type Job, jobId } from "../src/plan/job.js";

/** What a job of the queue is done by. */
type Process = (queued: object, token?: string) => Promise<void>;
const given = vi.hoisted(() => ({ process: undefined as Process | undefined }));

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
    async run(): Promise<object> {
      return { status: "failed", error: "it is damaged", transient: false };
    }
    async stop(): Promise<void> {}
  },
}));

test("a failure that cannot be written down ends the worker, and its job goes back to the queue", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const job: Omit<Job, "id"> = {
    format: "clidim-job",
    formatVersion: 1,
    input: { file: "/data/a.tif" },
    ...{ out: join(file, "out"), folder: "", output: "a.tif", pixels: 1 },
    parameters: { method: "gaussian" },
    ...{ methods: ["gaussian@1"], files: [] },
  };
  const serving = serveQueue({
    ...{ redis: "redis://h", queue: "q", lostAfter: 30 },
    workers: { count: 1, adapters: [undefined] },
    startWorker: () => {
      throw new Error("not asked");
    },
  });
  serving.catch(() => undefined);
  await vi.waitUntil(() => given.process);
  const delayed: number[] = [];
  const queued = {
    data: { job: { ...job, id: jobId(job) }, failures: 0 },
    attemptsMade: 0,
    moveToDelayed: async (time: number) => void delayed.push(time),
  };
  const soon = Date.now();
  await expect(given.process!(queued)).rejects.toThrow(/^$/);
  expect(delayed).toEqual([expect.any(Number)]);
  expect(delayed[0]).toBeGreaterThan(soon + 50_000);
  await expect(serving).rejects.toBeInstanceOf(PlaceError);
});
