import { Writable } from "node:stream";
import type { Terminal } from "../src/terminal.js";

/** A terminal that remembers what was printed. */
export interface CapturedTerminal extends Terminal {
  readonly printed: { out: string; err: string };
}

export function captureTerminal(isTTY = false): CapturedTerminal {
  const printed = { out: "", err: "" };
  const stream = (name: "out" | "err"): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        printed[name] += String(chunk);
        done();
      },
    });
  return { out: stream("out"), err: Object.assign(stream("err"), { isTTY }), printed };
}
