import { Heap } from "./heap.js";
import { ThreadPool } from "./threads/threadPool.js";

/** What programs run on: memory, and the threads that share it. */
export class Machine {
  readonly heap: Heap;
  readonly #parts: number;
  #starting: Promise<ThreadPool> | undefined;

  /** `parts` threads, the calling one among them. */
  constructor(parts: number) {
    this.#parts = parts;
    this.heap = new Heap(parts > 1);
  }

  /** Whether there are several threads. */
  get isShared(): boolean {
    return this.#parts > 1;
  }

  /** The threads, which are started at the first use; undefined where there is one alone. */
  async threads(): Promise<ThreadPool | undefined> {
    if (this.#parts === 1) return undefined;
    this.#starting ??= ThreadPool.start(this.heap.memory, this.#parts);
    return this.#starting;
  }

  /** Ends the threads. */
  stop(): void {
    void this.#starting?.then((pool) => pool.stop());
    this.#starting = undefined;
  }
}
