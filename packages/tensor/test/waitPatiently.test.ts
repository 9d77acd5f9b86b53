import { afterAll, beforeAll, expect, it } from "vitest";
import { waitPatiently } from "../src/executors/webgpu/device/gpu.node.js";

const { wait } = Atomics;
let rests = 0;
beforeAll(() => {
  Atomics.wait = ((array: Int32Array, index: number, value: number, timeout?: number) => {
    rests++;
    return wait(array, index, value, timeout);
  }) as typeof wait; // the overload for 64 bits is not used here
});
afterAll(() => {
  Atomics.wait = wait;
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As Dawn's promises: settled by some later turn of the event loop. */
async function after<T>(turns: number, value: T): Promise<T> {
  for (let k = 0; k < turns; k++) await turn();
  return value;
}

it("hands on what the promise gives, also when it is an error", async () => {
  expect(await waitPatiently(after(3, "done"))).toBe("done");
  await expect(waitPatiently(after(1, 0).then(() => Promise.reject(new Error("lost"))))).rejects.toThrow(
    "lost",
  );
});

it("rests once in a turn of the event loop, however many wait or have waited, and not when none does", async () => {
  for (let k = 0; k < 20; k++) await waitPatiently(after(1, k));
  rests = 0;
  await Promise.all(Array.from({ length: 5 }, () => waitPatiently(after(10, 0))));
  expect(rests).toBeGreaterThanOrEqual(9);
  expect(rests).toBeLessThanOrEqual(12);
  await turn();
  rests = 0;
  await after(10, 0);
  expect(rests).toBe(0);
});
