/** Seconds after which a measurement of the rate counts 1 / e. */
const MEMORY = 15;

/**
 * Time of a run, and the rate of its updates: of late, without the first one, which compiles, and without pauses for other work.
 */
export class TrainingClock {
  readonly #earlier: number;
  readonly #start: number = performance.now();
  #checkpoint: number = performance.now();
  /** Start of the stretch that is being measured; undefined before the first update is done. */
  #stretch: number | undefined;
  /** Updates submitted in the stretch. */
  #pending = 0;
  /** Updates and seconds of earlier stretches, the older the less. */
  #updates = 0;
  #seconds = 0;

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

  /** How long the updates that were submitted are expected to take; infinite before there is a measurement. */
  secondsInFlight(): number {
    const rate = this.updatesPerSecond();
    return rate === undefined ? Number.POSITIVE_INFINITY : this.#pending / rate;
  }

  /** Everything that was submitted has run. */
  synchronized(): void {
    const now = performance.now();
    if (this.#stretch !== undefined && this.#pending > 0) {
      const seconds = (now - this.#stretch) / 1000;
      const kept = Math.exp(-seconds / MEMORY);
      this.#updates = kept * this.#updates + this.#pending;
      this.#seconds = kept * this.#seconds + seconds;
    }
    this.#stretch = now;
    this.#pending = 0;
  }

  /** Something else took place since `synchronized`. */
  outside(): void {
    if (this.#stretch !== undefined) this.#stretch = performance.now();
  }

  updatesPerSecond(): number | undefined {
    return this.#updates > 0 && this.#seconds > 0 ? this.#updates / this.#seconds : undefined;
  }

  checkpointed(): void {
    this.#checkpoint = performance.now();
  }

  secondsSinceCheckpoint(): number {
    return (performance.now() - this.#checkpoint) / 1000;
  }
}
