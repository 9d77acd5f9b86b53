/** Time of a run, and the rate of its updates without the first one, which compiles, and without pauses for other work. */
export class TrainingClock {
  readonly #earlier: number;
  readonly #start: number = performance.now();
  #checkpoint: number = performance.now();
  /** Start of the stretch that is being measured, and the updates in it. */
  #stretch: number | undefined;
  #pending = 0;
  #rate: number | undefined;

  constructor(earlierSeconds: number) {
    this.#earlier = earlierSeconds;
  }

  /** Seconds of the run, earlier sessions included. */
  seconds(): number {
    return this.#earlier + (performance.now() - this.#start) / 1000;
  }

  submitted(): void {
    this.#pending++;
  }

  get inFlight(): number {
    return this.#pending;
  }

  /** How long the updates that were submitted are expected to take. */
  secondsInFlight(): number {
    return this.#rate === undefined ? Number.POSITIVE_INFINITY : this.#pending / this.#rate;
  }

  /** Everything that was submitted has run. */
  synchronized(): void {
    const now = performance.now();
    if (this.#stretch !== undefined && this.#pending > 0) {
      const rate = (1000 * this.#pending) / Math.max(0.01, now - this.#stretch);
      this.#rate = this.#rate === undefined ? rate : 0.8 * this.#rate + 0.2 * rate;
    }
    this.#stretch = now;
    this.#pending = 0;
  }

  /** Something else took place since `synchronized`. */
  outside(): void {
    if (this.#stretch !== undefined) this.#stretch = performance.now();
  }

  updatesPerSecond(): number | undefined {
    return this.#rate;
  }

  checkpointed(): void {
    this.#checkpoint = performance.now();
  }

  secondsSinceCheckpoint(): number {
    return (performance.now() - this.#checkpoint) / 1000;
  }
}
