import { waitPatiently } from "#gpu";
import type { GPUDevice } from "./gpuTypes.js";
import { sleep } from "./sleep.js";

/** Something that is submitted again and again, and the time that one run of it is expected to take. */
export interface Work {
  milliseconds: number;
  /** Whether it has run: a first run compiles shaders on some drivers, which says nothing about the second. */
  compiled: boolean;
  /** How often it was seen to end. */
  measured: number;
}

/** How long the sleep of one wait may be, in milliseconds, where an expectation is from a single measurement. */
const longestUnconfirmed = 500;

/** Knows how long what was submitted will take, so that waiting for it need not poll. */
export class Pacing {
  readonly #gpu: GPUDevice;
  /** When the submitted work is expected to be done (performance.now() milliseconds). */
  #busyUntil = 0;
  #pending: Work[] = [];
  #pendingSince = 0;
  submits = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Notes work that was submitted. */
  submitted(work: Work): void {
    this.submits++;
    const now = performance.now();
    if (this.#pending.length === 0) this.#pendingSince = now;
    this.#pending.push(work);
    this.#busyUntil = Math.max(now, this.#busyUntil) + work.milliseconds;
  }

  /**
   * Everything submitted has run: learns from it how long the same work will take next time. What was done before anybody asked (`wasDone`) took less than what was
   * measured, by an unknown amount, which may be a pause of the process: a signal, a breakpoint, a machine that slept. Where that was after a sleep, the expectation shrinks: sleeping would
   * never find out how fast the work is. A pause while the end is waited for cannot be told from work, so that an expectation at most doubles at a time.
   */
  #settle(wasDone: boolean, slept: boolean): void {
    const elapsed = performance.now() - this.#pendingSince;
    const expected = this.#pending.reduce((total, work) => total + work.milliseconds, 0);
    const learns = expected > 0 && this.#pending.every((work) => work.compiled);
    for (const work of new Set(this.#pending)) {
      work.compiled = true;
      if (!learns) continue;
      const share = (work.milliseconds * elapsed) / expected;
      if (wasDone) {
        work.milliseconds = (slept ? 0.7 : 1) * Math.min(work.milliseconds, share);
        continue;
      }
      const mean = 0.5 * (work.milliseconds + share);
      work.milliseconds = work.measured === 0 ? share : Math.min(mean, 2 * work.milliseconds);
      work.measured++;
    }
    this.#pending = [];
    this.#busyUntil = 0;
  }

  /**
   * Sleeps through most of the time that the submitted work is expected to take, then waits. Dawn's binding polls on the main thread while a promise is pending,
   * which costs a software adapter one of its cores; so most of the wait is slept through, and the rest is polled slowly.
   */
  async wait(forWhat: () => Promise<undefined>): Promise<void> {
    const asleep = performance.now();
    const remaining = this.#busyUntil - asleep;
    const sleeps = remaining > 4;
    // A pause of an hour in the only measurement would be slept through as well.
    const longest = this.#pending.some(({ measured }) => measured < 2)
      ? longestUnconfirmed
      : Number.POSITIVE_INFINITY;
    if (sleeps) await sleep(Math.min(remaining * 0.8, longest));
    const woken = performance.now();
    await waitPatiently(forWhat());
    // Asking takes a while by itself, the longer the busier the machine is. Work that would have needed the fifth that is left takes longer than that.
    const asking = sleeps ? (woken - asleep) / 10 : 0;
    this.#settle(performance.now() - woken < Math.max(1, asking), sleeps);
  }

  /** Waits for everything that was submitted, without any sleep: for whoever measures how long it takes. */
  async finish(): Promise<void> {
    const asked = performance.now();
    await this.#gpu.queue.onSubmittedWorkDone();
    this.#settle(performance.now() - asked < 1, false);
  }
}
