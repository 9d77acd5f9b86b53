import { setImmediate } from "node:timers/promises";
import type { Steps } from "../protocol/steps.js";

/** The result of steps between which a signal may abort; `onStep` is told what each of them says. */
export async function interruptible<T, Said>(
  steps: Steps<T, Said>,
  signal: AbortSignal | undefined,
  onStep?: (said: Said) => void,
): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    onStep?.(step.value);
    await letThrough(signal);
  }
}

/** An interruption that came in the meantime is seen now. */
export async function letThrough(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
