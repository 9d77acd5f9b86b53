import { waitPatiently } from "#gpu";
import type { GPUDevice } from "./gpuTypes.js";
import { sleep } from "./sleep.js";

/** Something that is submitted again and again, and the time that one run of it is expected to take. */
export interface Work {
  milliseconds: number;
  runs: number;
}

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
   * Everything submitted has run: learns from it how long the same work will take next time. Work that was done before the sleep was over
   * (`overslept`) took less than what was measured, by an unknown amount: sleeping would never find out how fast it is.
   */
  #settle(overslept: boolean): void {
    const elapsed = performance.now() - this.#pendingSince;
    const expected = this.#pending.reduce((total, work) => total + work.milliseconds, 0);
    // A first run compiles shaders on some drivers, which says nothing about the second.
    if (expected > 0 && this.#pending.every((work) => work.runs > 0)) {
      for (const work of new Set(this.#pending)) {
        const share = (work.milliseconds * elapsed) / expected;
        if (overslept) work.milliseconds = 0.7 * Math.min(work.milliseconds, share);
        else work.milliseconds = work.runs === 1 ? share : 0.5 * (work.milliseconds + share);
      }
    }
    for (const work of this.#pending) work.runs++;
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
    if (sleeps) await sleep(remaining * 0.8);
    const woken = performance.now();
    await waitPatiently(forWhat());
    // Asking takes a while by itself, the longer the busier the machine is. Work that would have needed the fifth that is left takes longer than that.
    this.#settle(sleeps && performance.now() - woken < Math.max(1, (woken - asleep) / 10));
  }

  /** Waits for everything that was submitted, without any sleep: for whoever measures how long it takes. */
  async finish(): Promise<void> {
    await this.#gpu.queue.onSubmittedWorkDone();
    this.#settle(false);
  }
}
