import { threadsHere } from "#threads";
import { webAssembly } from "./webAssembly.js";

/** How many threads a `WasmExecutor` has here by default; 0 where there can be none, for want of WebAssembly with 128-bit vectors. */
export function wasmThreads(): number {
  try {
    webAssembly();
    return threadsHere();
  } catch {
    return 0;
  }
}
