import type { Job } from "../plan/job.js";
import type { JobState } from "../run/batchState.js";
import { Journal } from "../run/journal.js";
import type { Failed, Outcome } from "../run/outcome.js";
import { ProgramError } from "../run/programError.js";
import { type Retries, secondsAfter } from "../run/retries.js";
import { RetryQueue } from "../run/retryQueue.js";
import { type StartWorker, WorkerProcess } from "../run/workerProcess.js";
import type { LocalWorkers } from "./localWorkers.js";

export interface RunLocalOptions {
  /** Those that are to be done. */
  readonly jobs: readonly Pick<JobState, "job" | "failures" | "last">[];
  readonly workers: LocalWorkers;
  readonly startWorker: StartWorker;
  readonly retries: Retries;
}

export interface RunHooks {
  /** Aborting it has the workers leave their jobs in good order; the function rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** An attempt has come to an end: the job is done, given up (`dead`), or tried again later. */
  readonly onOutcome?: (job: Job, outcome: Outcome, dead: boolean) => void;
}

/**
 * Does jobs by processes on this machine. A process that ends takes nothing with it but the attempt at hand, and another one takes its place. What is wrong with a file itself makes its job a dead letter at
 * once, as does a plan of another version of this program, what may go better another time after so many attempts, those of earlier calls included. A `PlaceError` where nothing can be written ends all: the jobs stay open.
 */
export async function runLocal(
  { jobs, workers: { count, adapters }, startWorker, retries }: RunLocalOptions,
  { signal, onOutcome }: RunHooks = {},
): Promise<void> {
  signal?.throwIfAborted();
  const journal = new Journal();
  const queue = new RetryQueue(jobs);
  const running = new Set<WorkerProcess>();
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    queue.close();
    for (const worker of running) void worker.stop();
  };
  signal?.addEventListener("abort", stop, { once: true });
  const slot = async (number: number): Promise<void> => {
    let worker: WorkerProcess | undefined;
    try {
      for (;;) {
        const next = await queue.next();
        if (!next) return;
        if (!worker?.alive) {
          if (worker) running.delete(worker);
          worker = await WorkerProcess.start(startWorker, adapters[number % adapters.length]);
          running.add(worker);
          // While it was starting.
          if (stopped) return;
        }
        const { job, failures, last } = next;
        const attempt = failures + 1;
        const outcome = await worker.run(job, attempt, last).catch(ofOtherVersion);
        // Whatever it was doing, it was told to leave it.
        if (signal?.aborted || (stopped && outcome.status === "failed")) return;
        if (outcome.status === "done") {
          queue.settle();
          onOutcome?.(job, outcome, false);
          continue;
        }
        const at = await journal.add(job.out, { job: job.id, attempt, ...outcome }, last);
        const dead = !outcome.transient || attempt >= retries.attempts;
        if (dead) {
          await journal.add(job.out, { job: job.id, attempt, status: "dead", error: outcome.error });
          queue.settle();
        } else queue.retry({ job, failures: attempt, last: at }, secondsAfter(retries, attempt));
        onOutcome?.(job, outcome, dead);
        // It may have lost its device, or be short of memory.
        if (outcome.transient && !outcome.ofFile) await worker.stop();
      }
    } finally {
      await worker?.stop();
    }
  };
  const slots = Array.from({ length: Math.min(count, jobs.length) }, (_, number) =>
    slot(number).catch((error: unknown) => {
      stop();
      throw error;
    }),
  );
  // All have ended before anything is said of one.
  const ended = await Promise.allSettled(slots);
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  for (const end of ended) if (end.status === "rejected") throw end.reason;
}

/** There is no other program here that could do the job later. */
function ofOtherVersion(error: unknown): Failed {
  if (!(error instanceof ProgramError)) throw error;
  return { status: "failed", error: error.message, transient: false };
}
