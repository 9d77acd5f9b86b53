import { Tensor } from "@clidim/tensor";

/** What a value is, in a message. */
export function describeValue(value: unknown): string {
  if (value instanceof Tensor) return String(value);
  if (value instanceof Promise) return "a promise";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) {
    return value === undefined || value === null ? String(value) : `the ${typeof value} ${String(value)}`;
  }
  const members = Object.keys(value);
  return members.length === 0 ? "an empty record" : `a record of ${members.join(", ")}`;
}
