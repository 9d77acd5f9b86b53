/** Timers of a longer time fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** What is to be done now, and what later. */
export class RetryQueue<T> {
  readonly #ready: T[];
  /** Those that were given out, or wait for their time. */
  #unsettled = 0;
  readonly #waiting: ((next: T | undefined) => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(items: readonly T[]) {
    this.#ready = items.toReversed();
  }

  /** The next one, when there is one: each that is given out is to be given to `settle` or `retry`. Undefined when all are settled, or after `close`. */
  next(): Promise<T | undefined> {
    const item = this.#ready.pop();
    if (item !== undefined) {
      this.#unsettled++;
      return Promise.resolve(item);
    }
    if (this.#closed || this.#unsettled === 0) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** One that was given out is done with. */
  settle(): void {
    this.#unsettled--;
    if (this.#unsettled === 0 && this.#ready.length === 0) this.close();
  }

  /** One that was given out is to be given out again after so many seconds; after 24 days at most. */
  retry(item: T, seconds: number): void {
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#unsettled--;
        const waiting = this.#waiting.shift();
        if (waiting) {
          this.#unsettled++;
          waiting(item);
        } else this.#ready.push(item);
      },
      Math.min(1000 * seconds, LONGEST_MS),
    );
    this.#timers.add(timer);
  }

  /** Nothing is given out any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ready.length = 0;
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }
}
