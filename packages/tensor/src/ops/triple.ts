import { show } from "../primitives/expect.js";

/** One number for all directions, or [depth, vertical, horizontal]. */
export type Triple = number | readonly [depth: number, vertical: number, horizontal: number];

/** All three directions; throws where untyped code passed something else. */
export function tripleOf(op: string, name: string, value: Triple): readonly [number, number, number] {
  if (typeof value === "number") return [value, value, value];
  if (Array.isArray(value) && value.length === 3 && value.every((entry) => typeof entry === "number")) {
    return value;
  }
  throw new Error(`${op}: ${name} must be a number or [depth, vertical, horizontal], got ${show(value)}`);
}
