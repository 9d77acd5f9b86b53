import { setImmediate } from "node:timers/promises";
import type { Steps } from "../protocol/steps.js";

/** The result of steps between which a signal may abort. */
export async function interruptible<T>(steps: Steps<T>, signal: AbortSignal | undefined): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await letThrough(signal);
  }
}

/** An interruption that came in the meantime is seen now. */
export async function letThrough(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
