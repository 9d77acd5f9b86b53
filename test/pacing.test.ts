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

/** Work that is expected to take so long, and has been seen to end so many times. */
const expecting = (milliseconds: number, measured: number): Work => ({
  milliseconds,
  compiled: true,
  measured,
});

/** How long turns of work that takes 10 ms take in all. */
async function turnsOfTen(pacing: Pacing, work: Work, count: number): Promise<number> {
  let total = 0;
  for (let i = 0; i < count; i++) total += await turn(pacing, work, 10, 1);
  return total;
}

test("an expectation that is far too long is forgotten in a few turns, also where asking takes a while", async () => {
  const pacing = new Pacing(device);
  const work = expecting(1000, 2);
  await turn(pacing, work, 20, 3);
  for (let i = 0; i < 12; i++) await turn(pacing, work, 20, 3);
  expect(work.milliseconds).toBeLessThan(40);
  expect(await turn(pacing, work, 20, 3)).toBeLessThan(40);
});

test("an expectation settles between what the work takes and what lets the wait sleep through most of it", async () => {
  const pacing = new Pacing(device);
  const work = expecting(5, 0);
  for (let i = 0; i < 10; i++) {
    await turn(pacing, work, 100, 3);
    if (i < 3) continue;
    expect(work.milliseconds).toBeGreaterThan(65);
    expect(work.milliseconds).toBeLessThan(130);
  }
});

const hour = 3_600_000;

test("a pause of the process between a submission and the wait for it is not taken for work", async () => {
  for (const measured of [0, 1, 5]) {
    const pacing = new Pacing(device);
    const work = expecting(10, measured);
    pacing.submitted(work);
    vi.advanceTimersByTime(hour);
    await pacing.wait(() => Promise.resolve(undefined));
    expect(work).toEqual(expecting(10, measured));
  }
  // Whoever measures by `finish` may have paused, too.
  const queue = { onSubmittedWorkDone: () => Promise.resolve(undefined) };
  const pacing = new Pacing({ queue } as unknown as GPUDevice);
  const work = expecting(10, 5);
  pacing.submitted(work);
  vi.advanceTimersByTime(hour);
  await pacing.finish();
  expect(work).toEqual(expecting(10, 5));
});

test("a pause during a wait costs the waits after it next to nothing, and two seconds where nothing else is known", async () => {
  for (const [measured, longest] of [
    [0, 2000],
    [1, 400],
    [5, 400],
  ] as const) {
    const pacing = new Pacing(device);
    const work = expecting(10, measured);
    await turn(pacing, work, hour, 0);
    expect(await turnsOfTen(pacing, work, 20), `measured ${measured}`).toBeLessThan(longest);
    expect(work.milliseconds).toBeLessThan(20);
  }
});

test("work of seconds is asked for when most of it is over, once two measurements agree", async () => {
  const pacing = new Pacing(device);
  const work: Work = { milliseconds: 1, compiled: false, measured: 0 };
  const slept: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    pacing.submitted(work);
    const waited = pacing.wait(() => {
      slept.push(performance.now() - start);
      return elapse(Math.max(0, start + 2000 - performance.now()));
    });
    await vi.runAllTimersAsync();
    await waited;
  }
  // A first run with its shaders, the measurement, one more that confirms it.
  expect(slept).toEqual([0, 0, 500, 1600, 1600]);
});
