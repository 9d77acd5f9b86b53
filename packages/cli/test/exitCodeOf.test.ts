import { expect, test } from "vitest";
import { exitCodeOf } from "../src/commands/batch/exitCodeOf.js";

type Status = Parameters<typeof exitCodeOf>[0][number]["status"];

test.each<[statuses: Status[], whole: number, part: number]>([
  [["done", "done"], 0, 0],
  [["done", "dead"], 3, 3],
  [["dead", "dead"], 2, 3],
  [["done", "open"], 3, 3],
  [["dead", "open"], 3, 3],
  [[], 0, 0],
])("what a batch ends with says whether all is done: %j", (statuses, whole, part) => {
  const states = statuses.map((status) => ({ status }));
  expect(exitCodeOf(states, false)).toBe(whole);
  expect(exitCodeOf(states, true)).toBe(part);
});
