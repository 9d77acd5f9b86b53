import type { JobState } from "../run/batchState.js";

/** How far a batch is. */
export interface BatchProgress {
  readonly jobs: number;
  readonly done: number;
  readonly dead: number;
  readonly open: number;
  /** Open ones of which an attempt came to nothing. */
  readonly retried: number;
  /** Millions, of those that are done and of those that are open. */
  readonly megapixels: number;
  readonly megapixelsLeft: number;
  /** Of the last ten minutes in which anything was finished, by all workers; none before there are two. */
  readonly rate?: { readonly filesPerSecond: number; readonly megapixelsPerSecond: number };
  /** At that rate. */
  readonly secondsLeft?: number;
  /** Those that have finished something. */
  readonly workers: number;
}

const WINDOW_MS = 600_000;

/** Counts and the rate of late. */
export function batchProgress(states: readonly JobState[]): BatchProgress {
  const of = (status: JobState["status"]): JobState[] => states.filter((state) => state.status === status);
  const [done, dead, open] = [of("done"), of("dead"), of("open")];
  const made = done.flatMap(({ done: one }) => (one && !one.found ? [one] : []));
  const megapixels = made.reduce((sum, { pixels }) => sum + pixels, 0) / 1e6;
  const megapixelsLeft = open.reduce((sum, { job }) => sum + job.pixels, 0) / 1e6;
  const rate = rateOf(made.map(({ at, pixels }) => ({ at: Date.parse(at), pixels })));
  return {
    ...{ jobs: states.length, done: done.length, dead: dead.length, open: open.length },
    retried: open.filter(({ failures }) => failures > 0).length,
    ...{ megapixels, megapixelsLeft },
    ...(rate && { rate }),
    ...(rate && rate.megapixelsPerSecond > 0 && { secondsLeft: megapixelsLeft / rate.megapixelsPerSecond }),
    workers: new Set(made.map(({ worker }) => worker)).size,
  };
}

function rateOf(
  finished: readonly { readonly at: number; readonly pixels: number }[],
): BatchProgress["rate"] {
  const last = finished.reduce((latest, { at }) => Math.max(latest, at), 0);
  const late = finished.filter(({ at }) => at >= last - WINDOW_MS).sort((a, b) => a.at - b.at);
  const seconds = late.length < 2 ? 0 : (last - late[0]!.at) / 1000;
  if (seconds === 0) return undefined;
  // What the first one took is not within the time.
  const within = late.slice(1);
  return {
    filesPerSecond: within.length / seconds,
    megapixelsPerSecond: within.reduce((sum, { pixels }) => sum + pixels, 0) / 1e6 / seconds,
  };
}
