import { expect, test, vi } from "vitest";
import { endingAt } from "../../src/budget/endingAt.js";

const DAY_MS = 24 * 3600 * 1000;

test("a time more than 24 days away is waited for", () => {
  vi.useFakeTimers();
  const { signal } = endingAt(performance.now() + 60 * DAY_MS);
  for (let day = 0; day < 59; day++) vi.advanceTimersByTime(DAY_MS);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(DAY_MS);
  expect(signal.aborted).toBe(true);
  const cleared = endingAt(performance.now() + 60 * DAY_MS);
  vi.advanceTimersByTime(30 * DAY_MS);
  cleared.clear();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(cleared.signal.aborted).toBe(false);
  vi.useRealTimers();
});
