import { InputError } from "@clidim/imaging";
import { forgetLoss } from "./device.js";
import { Stopped } from "./failures.js";

/** How a job is told to end. */
export interface JobSignals {
  readonly signal: AbortSignal;
  /** What it has made is enough. */
  readonly finish: AbortSignal;
}

const running = new Map<string, { readonly stop: AbortController; readonly finish: AbortController }>();

/** Does the work of a job, which `stopJob` and `finishJob` end. */
export async function asJob<T>(job: string, work: (signals: JobSignals) => Promise<T>): Promise<T> {
  if (running.has(job)) throw new InputError(`a job ${job} is at work already`);
  const [stop, finish] = [new AbortController(), new AbortController()];
  const alone = running.size === 0;
  running.set(job, { stop, finish });
  try {
    if (alone) await forgetLoss();
    return await work({ signal: stop.signal, finish: finish.signal });
  } finally {
    running.delete(job);
  }
}

/** Ends a job at its next step; nothing happens where it has ended. */
export function stopJob(job: string): void {
  running.get(job)?.stop.abort(new Stopped());
}

/** Has a training be completed with what it has; nothing happens where it has ended. */
export function finishJob(job: string): void {
  running.get(job)?.finish.abort();
}
