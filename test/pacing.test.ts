import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GPUDevice } from "../packages/tensor/src/executors/webgpu/device/gpuTypes.js";
import { Pacing, type Work } from "../packages/tensor/src/executors/webgpu/device/pacing.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const elapse = (milliseconds: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds);
  });

/** Submits work that takes `milliseconds` and waits for it, where asking whether it is done takes `asking` more; the time that the whole took. */
async function turn(pacing: Pacing, work: Work, milliseconds: number, asking: number): Promise<number> {
  const start = performance.now();
  pacing.submitted(work);
  const waited = pacing.wait(() => elapse(Math.max(0, start + milliseconds - performance.now()) + asking));
  await vi.runAllTimersAsync();
  await waited;
  return performance.now() - start;
}

// The queue is only asked by `finish`.
const device = {} as GPUDevice;

test("an expectation that is far too long is forgotten in a few turns, also where asking takes a while", async () => {
  const pacing = new Pacing(device);
  const work: Work = { milliseconds: 1000, runs: 1 };
  await turn(pacing, work, 20, 3);
  for (let i = 0; i < 12; i++) await turn(pacing, work, 20, 3);
  expect(work.milliseconds).toBeLessThan(40);
  expect(await turn(pacing, work, 20, 3)).toBeLessThan(40);
});

test("an expectation settles between what the work takes and what lets the wait sleep through most of it", async () => {
  const pacing = new Pacing(device);
  const work: Work = { milliseconds: 5, runs: 1 };
  for (let i = 0; i < 10; i++) {
    await turn(pacing, work, 100, 3);
    if (i < 3) continue;
    expect(work.milliseconds).toBeGreaterThan(65);
    expect(work.milliseconds).toBeLessThan(130);
  }
});
