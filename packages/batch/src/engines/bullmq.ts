import { setTimeout as sleep } from "node:timers/promises";
import type { Queue } from "bullmq";
import type { Job } from "../plan/job.js";
import type { JobState } from "../run/batchState.js";
import { Journal } from "../run/journal.js";
import { JournalFollower } from "../run/journalFollower.js";
import type { Retries } from "../run/retries.js";
import {
  connectionTo,
  loadBullmq,
  type Queued,
  type QueuePlace,
  queuedId,
  queuedIn,
  unfinished,
} from "./bullmqQueue.js";
import type { RunHooks } from "./local.js";

export interface RunByQueueOptions extends QueuePlace {
  /** Those that are to be done. */
  readonly jobs: readonly Pick<JobState, "job" | "failures" | "last">[];
  readonly retries: Retries;
  /** Whether to wait until all are done or given up; if not, they are given to the queue, and that is all. Default true. */
  readonly wait?: boolean;
}

/** So many jobs are given to the queue at once. */
const AT_ONCE = 1000;
/** Journals are looked at so often. */
const POLL_MS = 1000;
/** A queue that is empty for so many looks in a row while jobs are open has lost them. */
const EMPTY_LOOKS = 5;

/**
 * Gives jobs to a queue of BullMQ on Redis, whose workers (`serveQueue`) do them, on whichever machines, with BullMQ's own attempts and back-off; its failed jobs are the dead letters. A job that the queue has already stays as it is. What has become of
 * jobs is known by what the workers write down beside the results, so that nothing depends on the memory of Redis: jobs that it has lost (a restart without persistence) are given to it again. Aborting stops the waiting alone.
 */
export async function runByQueue(
  { jobs, retries, wait = true, ...place }: RunByQueueOptions,
  {
    signal,
    onOutcome,
    onPhase,
  }: RunHooks & {
    /** What is done next, or was noticed, in a sentence. */
    readonly onPhase?: (sentence: string) => void;
  } = {},
): Promise<void> {
  const { Queue: QueueOf } = await loadBullmq();
  const queue: Queue<Queued> = new QueueOf(place.queue, { connection: await connectionTo(place) });
  queue.on("error", () => undefined); // it comes again, and the jobs with it
  try {
    const open = new Map(jobs.map((state) => [keyOf(state.job), state]));
    const follower = new JournalFollower([...new Set(jobs.map(({ job }) => job.out))]);
    await follower.poll(); // what is known already
    await submit(queue, jobs, retries);
    onPhase?.(`${jobs.length} jobs are in the queue ${place.queue}`);
    let empty = 0;
    while (wait && open.size > 0) {
      await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
      signal?.throwIfAborted();
      for (const { out, entry: line } of await follower.poll()) {
        const { worker: _worker, at: _at, ...entry } = line;
        const state = open.get(keyOf({ id: entry.job, out }));
        if (!state) continue;
        const { job } = state;
        if (entry.status === "done") onOutcome?.(job, entry, false);
        if (entry.status === "failed")
          open.set(keyOf(job), { ...state, failures: entry.attempt, last: line.at });
        if (entry.status === "dead")
          onOutcome?.(job, { status: "failed", error: entry.error, transient: false }, true);
        if (entry.status === "done" || entry.status === "dead") open.delete(keyOf(job));
      }
      empty = open.size > 0 && (await unfinished(queue)) === 0 ? empty + 1 : 0;
      if (empty < EMPTY_LOOKS) continue;
      empty = 0;
      const given = await failedIn(queue, open);
      const lost = [...open.values()].filter(({ job }) => !given.has(keyOf(job)));
      if (lost.length === 0) continue; // the journals say so next time
      onPhase?.(`the queue has lost ${lost.length} jobs; they are given to it again`);
      await submit(queue, lost, retries);
    }
  } finally {
    await queue.close();
  }
}

const keyOf = ({ id, out }: Pick<Job, "id" | "out">): string => `${id} ${out}`;

async function submit(
  queue: Queue<Queued>,
  jobs: readonly Pick<JobState, "job" | "failures" | "last">[],
  { attempts, backoff }: Retries,
): Promise<void> {
  const ids = new Set(jobs.map(({ job }) => queuedId(job)));
  // Given up before, and now given another chance.
  for (const failed of await queue.getFailed()) if (ids.has(failed.id ?? "")) await failed.remove();
  for (let from = 0; from < jobs.length; from += AT_ONCE) {
    await queue.addBulk(
      jobs.slice(from, from + AT_ONCE).map(({ job, failures, last }) => ({
        name: "denoise",
        data: { job, failures, last },
        opts: {
          jobId: queuedId(job),
          attempts: Math.max(1, attempts - failures),
          backoff: { type: "exponential", delay: 1000 * backoff },
          removeOnComplete: true,
          removeOnFail: false,
        },
      })),
    );
  }
}

/** Writes down those that the queue has given up, and of which nobody has written that: their worker was killed in between. */
async function failedIn(
  queue: Queue<Queued>,
  open: ReadonlyMap<string, Pick<JobState, "job" | "failures" | "last">>,
): Promise<Set<string>> {
  const journal = new Journal();
  const keys = new Set<string>();
  for (const { data, failedReason, attemptsMade } of await queue.getFailed()) {
    const queued = queuedIn(data);
    const key = queued && keyOf(queued.job);
    if (!queued || key === undefined || !open.has(key)) continue;
    keys.add(key);
    const attempt = queued.failures + attemptsMade;
    await journal.add(
      queued.job.out,
      { job: queued.job.id, attempt, status: "dead", error: failedReason },
      open.get(key)?.last,
    );
  }
  return keys;
}
