import type { Code } from "../module/code.js";
import { get, i32, set } from "../module/instructions.js";

/** Adds bytes to an address. */
export function advance(code: Code, local: number, bytes: number): void {
  if (bytes !== 0) code.add(get(local), i32.const(bytes), i32.add, set(local));
}
