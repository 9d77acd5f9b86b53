import { expect, test, vi } from "vitest";
import { secondsAfter } from "../src/run/retries.js";
import { RetryQueue } from "../src/run/retryQueue.js";

test("each is given out in order, one that comes again later, and nothing more when all are settled", async () => {
  const queue = new RetryQueue(["a", "b"]);
  expect([await queue.next(), await queue.next()]).toEqual(["a", "b"]);
  const [waiting, other] = [queue.next(), queue.next()];
  queue.retry("a", 0.01);
  expect(await waiting).toBe("a");
  queue.settle();
  queue.settle();
  expect([await other, await queue.next()]).toEqual([undefined, undefined]);
});

test("closing it ends the waiting, and what was to come again does not", async () => {
  const queue = new RetryQueue(["a"]);
  await queue.next();
  queue.retry("a", 1000);
  const waiting = queue.next();
  queue.close();
  expect([await waiting, await queue.next()]).toEqual([undefined, undefined]);
});

test("what was given out before it was closed may be settled or come again after, and nobody waits", async () => {
  const queue = new RetryQueue(["a", "b", "c"]);
  await queue.next();
  await queue.next();
  queue.close();
  queue.settle();
  queue.retry("b", 0);
  const late = new Promise((resolve) => setTimeout(() => resolve("waits for ever"), 50));
  expect(await Promise.race([queue.next(), late])).toBeUndefined();
});

test("what comes again in more than 24 days does not come at once", async () => {
  vi.useFakeTimers();
  const queue = new RetryQueue(["a"]);
  await queue.next();
  queue.retry("a", 1e7);
  let next: string | undefined;
  void queue.next().then((item) => {
    next = item;
  });
  await vi.advanceTimersByTimeAsync(1000 * 3600);
  expect(next).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2 ** 31);
  expect(next).toBe("a");
  queue.close();
  vi.useRealTimers();
});

test("waiting doubles", () => {
  expect([1, 2, 3].map((failures) => secondsAfter({ attempts: 3, backoff: 5 }, failures))).toEqual([
    5, 10, 20,
  ]);
});
