import { SingleBar } from "cli-progress";
import { columnsOf, note, shownText, type Terminal } from "./terminal.js";

/** Shows how far a job is. */
export interface Progress {
  /** `text` follows the count. `important` lines are printed at once where there is no bar. */
  update(done: number, text: string, important?: boolean): void;
  /** A line of its own. */
  line(text: string): void;
  /** Prints something else in between. */
  around(show: () => void): void;
  stop(): void;
}

/** Without a terminal, progress is a line at most this often, so that log files stay readable. */
const millisecondsBetweenLines = 10_000;

/** A bar on a terminal, plain lines otherwise. `what` names the units: "update". */
export function startProgress(terminal: Terminal, what: string, total: number, done = 0): Progress {
  return terminal.err.isTTY ? bar(terminal, what, total, done) : lines(terminal, what, total);
}

const BAR = 24;

/** As many parts of a text, which two spaces divide, as there is room for; of a single one its end, which tells file names apart. */
export function fitting(text: string, room: number): string {
  const parts = text.split("  ");
  while (parts.length > 1 && parts.join("  ").length > room) parts.pop();
  const rest = parts.join("  ");
  return rest.length > room ? `…${rest.slice(rest.length - Math.max(0, room - 1))}` : rest;
}

function bar(terminal: Terminal, what: string, total: number, done: number): Progress {
  const shown = new SingleBar({
    format: `{bar} ${what} {value}/{total} {text}`,
    barsize: BAR,
    hideCursor: true,
    // Lines that are printed in between stand where the bar was.
    clearOnComplete: true,
    linewrap: false,
    etaBuffer: 1,
    stream: terminal.err,
    barCompleteChar: "█",
    barIncompleteChar: "░",
  });
  let text = "";
  let value = done;
  // Where the process ends meanwhile (a second Ctrl-C), the terminal gets back its cursor and breaks lines again.
  const restore = (): void => shown.stop();
  process.once("exit", restore);
  shown.start(total, done, { text });
  const around = (show: () => void): void => {
    shown.stop();
    show();
    shown.start(total, value, { text });
  };
  return {
    update: (next, words) => {
      value = next;
      words = fitting(
        shownText(words),
        columnsOf(terminal.err) - `${what} ${next}/${total}`.length - BAR - 3,
      );
      text = words;
      shown.update(value, { text });
    },
    line: (words) => around(() => note(terminal, words)),
    around,
    stop: () => {
      process.off("exit", restore);
      shown.stop();
    },
  };
}

function lines(terminal: Terminal, what: string, total: number): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return {
    update: (done, text, important = false) => {
      const now = performance.now();
      if (!important && now - last < millisecondsBetweenLines) return;
      last = now;
      note(terminal, `${what} ${done}/${total} ${text}`);
    },
    line: (words) => note(terminal, words),
    around: (show) => show(),
    stop: () => {},
  };
}
