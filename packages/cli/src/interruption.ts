import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { note, type Terminal } from "./terminal.js";

/** The signals that ask a process to stop: of Ctrl-C, of the system, and of a terminal that is closed or lost. */
type Stop = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Thrown or aborted with when the user or the system asks the process to stop. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly exitCode: number;

  constructor(signal: Stop) {
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
 * Runs `work` with a signal that aborts, with an `Interruption`, at Ctrl-C, SIGTERM or SIGHUP, so that it can save what there is. A second one
 * ends the process at once, but for SIGHUP, which the terminal's other processes may pass on. What was started with nohup does not stop with its terminal. While work is under way that can end early (`early`), the first one ends that alone, as `whatFollowsEarly` says.
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
  const stop = (signal: Stop): void => {
    const interruption = new Interruption(signal);
    if (signal === "SIGHUP" && controller.signal.aborted) return;
    if (controller.signal.aborted) process.exit(interruption.exitCode);
    note(terminal, ""); // below ^C
    if (endsEarly && !early.signal.aborted && signal !== "SIGHUP") {
      note(terminal, `${whatFollowsEarly} (once more to stop everything)`);
      early.abort(interruption);
      return;
    }
    note(terminal, `Stopping: ${whatFollows} (once more to stop at once)`);
    controller.abort(interruption);
  };
  const signals: readonly Stop[] = ignoresHangUp() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal, {
      signal: early.signal,
      running: (running) => {
        endsEarly = running;
      },
    });
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/** Whether the process was told to outlive its terminal (nohup), which to listen would undo. Where it cannot be known, nohup has taken the output away from the terminal. */
function ignoresHangUp(): boolean {
  try {
    const ignored = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    if (ignored !== undefined) return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {} // not on Linux
  return !process.stdout.isTTY && !process.stderr.isTTY;
}
