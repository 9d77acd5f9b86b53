/** `node:process` for the library in a browser's worker, as far as it uses it. */
import { systemError } from "./systemError.js";

/** Of this worker: those of other tabs have others. */
const pid = 1 + Math.floor(Math.random() * (2 ** 31 - 2));

const process: {
  readonly pid: number;
  readonly versions: { readonly node: string };
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  kill(other: number, signal: 0): true;
  once(): void;
  off(): void;
} = {
  pid,
  /** What records say of what ran the program. */
  versions: { node: "none" },
  platform: "browser",
  arch: "wasm32",
  env: {},
  /** No other process can be asked for. Other tabs are kept off by locks of the browser, so that whoever left something behind has ended. */
  kill(other: number, _signal: 0): true {
    if (other === pid) return true;
    throw systemError("ESRCH", String(other));
  },
  /** A worker that ends says nothing. */
  once: (): void => undefined,
  off: (): void => undefined,
};

export default process;
