import { createHash } from "node:crypto";
import { InputError } from "@clidim/imaging";
import type { Queue, RedisOptions } from "bullmq";
import { type Job, jobSchema } from "../plan/job.js";

/** Which queue of which Redis. */
export interface QueuePlace {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` with TLS. */
  readonly redis: string;
  /** The queue's name, without a colon. */
  readonly queue: string;
}

/** What a job of the queue has. */
export interface Queued {
  readonly job: Job;
  /** Attempts that came to nothing before it was given to the queue. */
  readonly failures: number;
  /** The time of the last line of a journal about it, see `Journal`. */
  readonly last?: string | undefined;
  /** How often a worker of another version than that of the plan has given it back. */
  readonly returns?: number | undefined;
}

/** BullMQ, which is loaded only where it is asked for. */
export async function loadBullmq(): Promise<typeof import("bullmq")> {
  try {
    return await import("bullmq");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new InputError(
      "the packages bullmq and ioredis are not installed, which this engine needs; npm install bullmq ioredis",
      { keys: ["engine"], cause: error },
    );
  }
}

/** A connection that comes again by itself, once it has been there. An `InputError` where there is no Redis to begin with, and for a name that no queue can have. */
export async function connectionTo({ redis, queue }: QueuePlace): Promise<RedisOptions> {
  const where = placeText(redis);
  if (queue === "" || queue.includes(":")) {
    throw new InputError(
      `queue is ${JSON.stringify(queue)}; expected a name without a colon, by which Redis tells the parts of its keys apart`,
      { keys: ["queue"] },
    );
  }
  await loadBullmq();
  const { Redis } = await import("ioredis");
  const client = new Redis(redis, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 10_000 });
  client.on("error", () => undefined); // told by connect
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw new InputError(
      `redis: no Redis answers at ${where} (${error instanceof Error ? error.message : String(error)}); start it, or give its address`,
      { keys: ["redis"], cause: error },
    );
  } finally {
    client.disconnect();
  }
  return { url: redis, maxRetriesPerRequest: null };
}

/** An address without its password. */
function placeText(redis: string): string {
  const url = URL.canParse(redis) ? new URL(redis) : undefined;
  if (url && /^rediss?:$/.test(url.protocol)) return url.host;
  throw new InputError(`redis is "${redis}"; expected an address such as redis://localhost:6379`, {
    keys: ["redis"],
  });
}

/** The number of a job in the queue: batches with results in different folders may have jobs of one number. */
export const queuedId = ({ id, out }: Job): string =>
  `${id}-${createHash("sha256").update(out).digest("hex").slice(0, 16)}`;

/** What somebody has put into the queue; undefined where it is nothing of ours. */
export function queuedIn(data: unknown): Queued | undefined {
  if (typeof data !== "object" || data === null || !("job" in data) || !("failures" in data))
    return undefined;
  const { job, failures } = data;
  const last = "last" in data && typeof data.last === "string" ? data.last : undefined;
  const returns = "returns" in data && typeof data.returns === "number" ? data.returns : undefined;
  const parsed = jobSchema.safeParse(job);
  if (!parsed.success || typeof failures !== "number") return undefined;
  return { job: parsed.data, failures, last, returns };
}

/** How many jobs of a queue somebody has, or is to get. */
export async function unfinished(queue: Queue): Promise<number> {
  const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized");
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
