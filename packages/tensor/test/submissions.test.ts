import { expect, test } from "vitest";
import type { Recorded } from "../src/executors/webgpu/commands.js";
import { submissions } from "../src/executors/webgpu/submissions.js";

/** Commands of so many operations each. */
const commands = (...flops: readonly number[]): Recorded[] =>
  flops.map(
    (count) => ({ kind: "dispatch", step: { flops: count, workgroups: [1, 1, 1] } }) as unknown as Recorded,
  );

test("a run is one submission, of nothing as well", () => {
  expect(submissions([])).toEqual([0]);
  expect(submissions(commands(1e9, 2e9, 3e9))).toEqual([3]);
});

test("what would keep a GPU for long goes in pieces, each with a command at least", () => {
  expect(submissions(commands(1.5e11, 0.4e11, 1e11, 0.9e11, 5e12, 1, 1))).toEqual([2, 4, 5, 7]);
  const wide = { kind: "dispatch", step: { workgroups: [65535, 40, 1] } } as unknown as Recorded;
  expect(submissions([wide, wide, wide])).toEqual([1, 2, 3]);
});

test("loops of many commands go in pieces", () => {
  expect(submissions(commands(...new Array<number>(10_000).fill(0)))).toEqual([4096, 8192, 10_000]);
});
