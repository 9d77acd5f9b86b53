import { isPlain } from "./configurationSpace.js";

/** All leaves of a tree of values by their dotted keys (`weights.l1`); lists are leaves. */
export function leavesOf(value: unknown, path: readonly string[] = []): (readonly [string, unknown])[] {
  if (!isPlain(value)) return [[path.join("."), value]];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
}
