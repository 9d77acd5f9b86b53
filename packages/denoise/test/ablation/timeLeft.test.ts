import { expect, test } from "vitest";
import { gridSecondsLeft } from "../../src/ablation/timeLeft.js";
import { dataSet, finishedRun } from "./results.js";

const [a, b] = [dataSet("a", [0]), dataSet("b", [0])];
const waiting = (data: typeof a, variant: string, updates: number) =>
  finishedRun(data, { variant, updates, psnr: 1 }).run;
const now = { secondsLeft: 10, updatesPerSecond: 4 };

test("what waits takes as long as its variant took before, else as what is at work", () => {
  const current = waiting(a, "l1", 100);
  expect(gridSecondsLeft(current, now, [], [])).toBe(10);
  expect(gridSecondsLeft(current, now, [waiting(a, "cl", 40)], [])).toBe(10 + 40 / 4);
  const finished = [
    finishedRun(a, { variant: "cl", updates: 100, seconds: 200, psnr: 1 }),
    finishedRun(b, { variant: "cl", updates: 100, seconds: 400, psnr: 1 }),
  ];
  expect(gridSecondsLeft(current, now, [waiting(a, "cl", 50), waiting(b, "cl", 50)], finished)).toBe(
    10 + 100 + 200,
  );
  expect(gridSecondsLeft(current, now, [waiting(a, "tv", 50), waiting(b, "l1", 50)], finished)).toBe(
    10 + 50 * 3 + 50 / 4,
  );
});

test("unknown before there is a pace", () => {
  expect(gridSecondsLeft(waiting(a, "l1", 5), {}, [], [])).toBeUndefined();
});
