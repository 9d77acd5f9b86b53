import { setTimeout as sleep } from "node:timers/promises";
import { InputError, PlaceError } from "@clidim/imaging";
import type { Job as BullJob, Worker as BullWorker } from "bullmq";
import { Journal } from "../run/journal.js";
import type { Outcome } from "../run/outcome.js";
import { ProgramError } from "../run/programError.js";
import { type StartWorker, WorkerProcess } from "../run/workerProcess.js";
import {
  connectionTo,
  loadBullmq,
  type Queued,
  type QueuePlace,
  queuedIn,
  unfinished,
} from "./bullmqQueue.js";
import type { RunHooks } from "./local.js";
import type { LocalWorkers } from "./localWorkers.js";

export interface ServeQueueOptions extends QueuePlace {
  readonly workers: LocalWorkers;
  readonly startWorker: StartWorker;
  /** Seconds without a sign of life after which a worker's job is given to another one. */
  readonly lostAfter: number;
  /** Whether it ends when there is nothing more to do. */
  readonly untilEmpty?: boolean;
}

/** A job whose workers were lost so often is given up: it may be the job. */
const MOST_LOST = 5;
/** A job of another version of this program is given up when it has gone back to the queue so often: no worker may have that. */
const MOST_RETURNS = 5;
/** Seconds after which a job is tried again that could not be done on this machine: by another one, it may be. */
const BACK_SECONDS = 60;
const POLL_MS = 1000;

/**
 * Does the jobs of a queue by processes on this machine, each as those of `runLocal`; signs of life are given by this process, however long theirs compute. Jobs that were begun when it is aborted go back to the queue, uncounted. A
 * `PlaceError` where nothing can be written ends it, likewise. A job of another version of this program goes back to the queue, uncounted as well, for a worker of that version, and is given up where it has gone back five times.
 */
export async function serveQueue(
  { workers: { count, adapters }, startWorker, lostAfter, untilEmpty = false, ...place }: ServeQueueOptions,
  { signal, onOutcome, onWarning }: RunHooks & { readonly onWarning?: (sentence: string) => void } = {},
): Promise<void> {
  const { Queue, Worker, UnrecoverableError, DelayedError } = await loadBullmq();
  const connection = await connectionTo(place);
  const journal = new Journal();
  const stopping = new AbortController();
  signal?.addEventListener("abort", () => stopping.abort(signal.reason), { once: true });
  signal?.throwIfAborted();
  const processes = new Set<WorkerProcess>();
  const said = new Set<string>();
  const warn = ({ message }: Error): void => {
    if (!said.has(message)) onWarning?.(`of the queue: ${message}; waiting for it`);
    said.add(message);
  };
  let saidVersion = false;
  const warnOfVersion = ({ message }: ProgramError): void => {
    if (!saidVersion) {
      onWarning?.(
        `${message}; such jobs go back to the queue for workers of that version, ${MOST_RETURNS} times, and are given up then`,
      );
    }
    saidVersion = true;
  };
  const givenUp: Promise<void>[] = [];
  const giveUp = async ({ job, failures, last }: Queued, attempts: number, error: string): Promise<void> => {
    const attempt = failures + attempts;
    await journal.add(job.out, { job: job.id, attempt, status: "dead", error }, last);
    onOutcome?.(job, { status: "failed", error, transient: false }, true);
  };
  const start = (number: number): BullWorker => {
    let worker: WorkerProcess | undefined;
    const process = async (queued: BullJob<unknown>, token?: string): Promise<void> => {
      const back = async (seconds: number): Promise<never> => {
        await queued.moveToDelayed(Date.now() + 1000 * seconds, token);
        throw new DelayedError();
      };
      if (stopping.signal.aborted) return back(0);
      const found = queuedIn(queued.data);
      if (!found) throw new UnrecoverableError("it is no job of clidim batch");
      const { job, failures, last, returns = 0 } = found;
      const attempt = failures + queued.attemptsMade + 1;
      let outcome: Outcome;
      try {
        if (!worker?.alive) {
          worker = await WorkerProcess.start(startWorker, adapters[number % adapters.length]);
          processes.add(worker);
        }
        // While it was starting.
        if (stopping.signal.aborted) {
          await worker.stop();
          return back(0);
        }
        outcome = await worker.run(job, attempt, last);
        if (stopping.signal.aborted && outcome.status === "failed") return back(0);
        if (outcome.status === "done") {
          onOutcome?.(job, outcome, false);
          return;
        }
        if (outcome.transient && !outcome.ofFile) {
          processes.delete(worker);
          await worker.stop();
        }
        await journal.add(job.out, { job: job.id, attempt, ...outcome }, last);
      } catch (error) {
        if (error instanceof ProgramError) {
          if (stopping.signal.aborted) return back(0);
          if (returns >= MOST_RETURNS) throw new UnrecoverableError(error.message);
          warnOfVersion(error);
          await queued.updateData({ ...found, returns: returns + 1 });
          return back(BACK_SECONDS);
        }
        // Of the machine, not of the job.
        if (!(error instanceof PlaceError || error instanceof InputError)) throw error;
        stopping.abort(error);
        return back(BACK_SECONDS);
      }
      if (!outcome.transient) throw new UnrecoverableError(outcome.error);
      throw new Error(outcome.error);
    };
    const served = new Worker<unknown>(place.queue, process, {
      connection,
      lockDuration: 1000 * lostAfter,
      stalledInterval: 1000 * lostAfter,
      maxStalledCount: MOST_LOST,
    });
    served.on("error", warn);
    served.on("failed", (queued, error) => {
      const found = queued && queuedIn(queued.data);
      if (!found) return;
      // What will be tried again is not finished.
      if (queued.finishedOn !== undefined) {
        givenUp.push(giveUp(found, queued.attemptsMade, error.message).catch(warn));
      } else onOutcome?.(found.job, { status: "failed", error: error.message, transient: true }, false);
    });
    return served;
  };
  const queue = new Queue(place.queue, { connection });
  queue.on("error", warn);
  const serving = Array.from({ length: count }, (_, number) => start(number));
  try {
    while (!stopping.signal.aborted) {
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (untilEmpty && !stopping.signal.aborted && (await unfinished(queue)) === 0) break;
    }
  } finally {
    const ended = [...processes].map((worker) => worker.stop());
    await Promise.all([...ended, ...serving.map((worker) => worker.close())]);
    await Promise.all(givenUp);
    // Those that were started meanwhile.
    await Promise.all([...processes].map((worker) => worker.stop()));
    await queue.close();
  }
  stopping.signal.throwIfAborted();
}
