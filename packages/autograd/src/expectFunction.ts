import { show } from "@clidim/tensor/expect";

/** Throws unless `f` is a function. */
export function expectFunction(op: string, f: unknown): void {
  if (typeof f === "function") return;
  throw new Error(`${op}: expected a function, got ${show(f)}`);
}
