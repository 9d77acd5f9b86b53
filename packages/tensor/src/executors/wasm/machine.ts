import { type DispatchTiming, Timings } from "../timings.js";
import { Heap } from "./heap.js";
import { ThreadPool } from "./threads/threadPool.js";

/** What programs run on: memory, and the threads that share it. */
export class Machine {
  readonly heap: Heap;
  readonly #parts: number;
  /** What each call took, while `profile` runs. */
  #calls: DispatchTiming[] | undefined;
  #starting: Promise<ThreadPool> | undefined;

  /** `parts` threads, the calling one among them; one where no memory can be had that they share. */
  constructor(parts: number) {
    const shared = parts > 1 ? sharedHeap() : undefined;
    this.#parts = shared ? parts : 1;
    this.heap = shared ?? new Heap(false);
  }

  /** Whether there are several threads. */
  get isShared(): boolean {
    return this.#parts > 1;
  }

  /** The threads, which are started at the first use; undefined where there is one alone. */
  async threads(): Promise<ThreadPool | undefined> {
    if (this.#parts === 1) return undefined;
    this.#starting ??= ThreadPool.start(this.heap.memory, this.#parts).catch((error) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Runs `f`, and returns the time of each call of a kernel. */
  async profile(f: () => unknown): Promise<Timings> {
    const calls: DispatchTiming[] = [];
    this.#calls = calls;
    try {
      await f();
    } finally {
      this.#calls = undefined;
    }
    const first = calls[0]?.start ?? 0;
    return new Timings(calls.map((call) => ({ ...call, start: call.start - first })));
  }

  /** Calls a kernel. */
  timed(label: string, flops: number, kernel: () => void): void {
    if (!this.#calls) {
      kernel();
      return;
    }
    const start = performance.now();
    kernel();
    this.#calls.push({ label, start, milliseconds: performance.now() - start, flops });
  }

  /** Ends the threads. */
  stop(): void {
    void this.#starting?.then(
      (pool) => pool.stop(),
      () => undefined,
    );
    this.#starting = undefined;
  }
}

/** Undefined where there are no addresses for it, as on some phones, which memory of one thread does not set aside. */
function sharedHeap(): Heap | undefined {
  try {
    return new Heap(true);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
