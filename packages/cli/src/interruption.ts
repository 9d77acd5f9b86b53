import { constants } from "node:os";
import { note, type Terminal } from "./terminal.js";

/** Thrown or aborted with when the user or the system asks the process to stop. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Work before the rest that can end early: what an interruption ends first, and alone. */
export interface EarlyEnd {
  readonly signal: AbortSignal;
  /** Tells whether it is under way. */
  readonly running: (running: boolean) => void;
}

/**
 * Runs `work` with a signal that aborts, with an `Interruption`, at Ctrl-C or SIGTERM, so that it can save what there is. A second one
 * ends the process at once. While work is under way that can end early (`early`), the first one ends that alone, as `whatFollowsEarly` says.
 */
export async function interruptible<T>(
  terminal: Terminal,
  whatFollows: string,
  work: (signal: AbortSignal, early: EarlyEnd) => Promise<T>,
  whatFollowsEarly = "",
): Promise<T> {
  const controller = new AbortController();
  const early = new AbortController();
  let endsEarly = false;
  const stop = (signal: "SIGINT" | "SIGTERM"): void => {
    const interruption = new Interruption(signal);
    if (controller.signal.aborted) process.exit(interruption.exitCode);
    note(terminal, ""); // below ^C
    if (endsEarly && !early.signal.aborted) {
      note(terminal, `${whatFollowsEarly} (once more to stop everything)`);
      early.abort(interruption);
      return;
    }
    note(terminal, `Stopping: ${whatFollows} (once more to stop at once)`);
    controller.abort(interruption);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal, {
      signal: early.signal,
      running: (running) => {
        endsEarly = running;
      },
    });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
