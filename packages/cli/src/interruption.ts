import { constants } from "node:os";
import { isatty } from "node:tty";
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

/** Milliseconds within which signals are one request: the shell, npx and other processes of the terminal pass on Ctrl-C that has come already, and a group is sent SIGTERM along with the process that hands it on. */
const ONE_REQUEST = 1000;

/** Work before the rest that can end early: what an interruption ends first, and alone. */
export interface EarlyEnd {
  readonly signal: AbortSignal;
  /** Tells whether it is under way. */
  readonly running: (running: boolean) => void;
}

/**
 * Runs `work` with a signal that aborts, with an `Interruption`, at Ctrl-C, SIGTERM or SIGHUP, so that it can save what there is. One that comes more than a second
 * later ends the process at once, but for SIGHUP, which the terminal's other processes may pass on. While work is under way that can end early (`early`), the first one ends that alone, as `whatFollowsEarly` says.
 * What outlives its terminal does not stop at SIGHUP.
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
  let requested = Number.NEGATIVE_INFINITY;
  const stop = (signal: Stop): void => {
    const interruption = new Interruption(signal);
    const now = performance.now();
    if (signal === "SIGHUP" ? controller.signal.aborted : now - requested < ONE_REQUEST) return;
    requested = now;
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
  const signals: readonly Stop[] = outlivesTerminal(terminal)
    ? ["SIGINT", "SIGTERM"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
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

/** Whether the process goes on where its terminal is closed: nohup takes both outputs away from the terminal, and the input, too, on Linux, which tells it from a pipe into `tee`. That SIGHUP was ignored when the process began, Node has undone by then, and nobody can tell. */
export function outlivesTerminal({ out, err }: Terminal): boolean {
  if (process.platform === "win32" || out.isTTY || err.isTTY) return false;
  return process.platform !== "linux" || !isatty(0);
}
