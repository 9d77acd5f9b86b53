import { show } from "../primitives/expect.js";

/** One number for both directions, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** Both directions; throws where untyped code passed something else. */
export function pairOf(op: string, name: string, value: Pair): readonly [number, number] {
  if (typeof value === "number") return [value, value];
  if (Array.isArray(value) && value.length === 2 && value.every((entry) => typeof entry === "number")) {
    return value;
  }
  throw new Error(`${op}: ${name} must be a number or [vertical, horizontal], got ${show(value)}`);
}
