import { describeValue } from "./describeValue.js";

/** Throws unless `f` is a function. */
export function expectFunction(op: string, f: unknown): void {
  if (typeof f === "function") return;
  throw new Error(`${op}: expected a function, got ${describeValue(f)}`);
}
