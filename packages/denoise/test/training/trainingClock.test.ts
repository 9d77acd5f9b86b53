import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TrainingClock } from "../../src/training/trainingClock.js";

let seconds = 0;
beforeEach(() => {
  seconds = 0;
  vi.spyOn(performance, "now").mockImplementation(() => 1000 * seconds);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function updates(clock: TrainingClock, count: number, duration: number): void {
  for (let i = 0; i < count; i++) clock.submitted();
  seconds += duration;
  clock.synchronized();
}

test("the rate leaves out the first update, which compiles, and other work", () => {
  const clock = new TrainingClock(100);
  updates(clock, 1, 30);
  expect(clock.updatesPerSecond()).toBeUndefined();
  expect(clock.secondsInFlight()).toBe(Number.POSITIVE_INFINITY);
  updates(clock, 4, 2);
  seconds += 50;
  clock.outside();
  updates(clock, 2, 1);
  expect(clock.updatesPerSecond()).toBeCloseTo(2, 10);
  clock.submitted();
  clock.submitted();
  clock.submitted();
  expect([clock.inFlight, clock.secondsInFlight()]).toEqual([3, 1.5]);
  expect(clock.seconds()).toBe(183);
});

test("the rate follows a change within a minute, and does not jump at one", () => {
  const clock = new TrainingClock(0);
  for (let i = 0; i < 50; i++) updates(clock, 4, 1);
  updates(clock, 1, 1);
  expect(clock.updatesPerSecond()).toBeGreaterThan(3.7);
  for (let i = 0; i < 60; i++) updates(clock, 1, 1);
  expect(clock.updatesPerSecond()).toBeLessThan(1.1);
});

test("time since the last checkpoint", () => {
  const clock = new TrainingClock(0);
  seconds = 7;
  clock.checkpointed();
  seconds = 9;
  expect(clock.secondsSinceCheckpoint()).toBe(2);
});
