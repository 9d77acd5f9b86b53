import { Writable } from "node:stream";
import type { Terminal } from "../src/terminal.js";

/** A terminal that remembers what was printed. */
export interface CapturedTerminal extends Terminal {
  readonly printed: { out: string; err: string };
}

/** `onError` is called with everything that `err` was given so far, each time that it is given more. */
export function captureTerminal(isTTY = false, onError?: (printed: string) => void): CapturedTerminal {
  const printed = { out: "", err: "" };
  const stream = (name: "out" | "err"): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        printed[name] += String(chunk);
        if (name === "err") onError?.(printed.err);
        done();
      },
    });
  return { out: stream("out"), err: Object.assign(stream("err"), { isTTY }), printed };
}

/** Presses Ctrl-C, once, as soon as these words are printed to `err`: to be given to `captureTerminal`. */
export function interruptAt(words: string): (printed: string) => void {
  let pressed = false;
  return (printed) => {
    if (pressed || !printed.includes(words)) return;
    pressed = true;
    process.emit("SIGINT", "SIGINT");
  };
}
