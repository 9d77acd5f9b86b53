import { InputError } from "@clidim/imaging";
import { Stopped } from "./failures.js";

const running = new Map<string, AbortController>();

/** Does the work of a job, which `stopJob` ends. */
export async function asJob<T>(job: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (running.has(job)) throw new InputError(`a job ${job} is at work already`);
  const controller = new AbortController();
  running.set(job, controller);
  try {
    return await work(controller.signal);
  } finally {
    running.delete(job);
  }
}

/** Ends a job at its next step; nothing happens where it has ended. */
export function stopJob(job: string): void {
  running.get(job)?.abort(new Stopped());
}
