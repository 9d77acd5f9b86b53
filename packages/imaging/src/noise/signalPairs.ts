import { counterRandom, type RandomStream } from "../image/counterRandom.js";
import type { Plane } from "../image/image.js";

/** Expected grey values and what was observed in their place. */
export interface SignalPairs {
  readonly signal: Float64Array;
  readonly observed: Float64Array;
}

/** Signals are put into so many bins of equal width, of each of which at most so many pairs are kept. */
const [BINS, KEPT] = [64, 200];

/**
 * Keeps a sample of pairs of signal and observation, evenly over the signals: what follows from it of the noise at a signal does not depend on how often the signal occurs, and bright ones are rare. The pairs of a bin are drawn at
 * random with equal chances (reservoir sampling), the same each time.
 */
export class SignalPairSampler {
  readonly #low: number;
  readonly #width: number;
  readonly #seen = new Float64Array(BINS);
  readonly #signal = new Float64Array(BINS * KEPT);
  readonly #observed = new Float64Array(BINS * KEPT);
  readonly #random: RandomStream = counterRandom(0);

  /** Signals are expected from `low` to `high`. */
  constructor({ low, high }: { readonly low: number; readonly high: number }) {
    this.#low = low;
    this.#width = (high - low) / BINS || 1;
  }

  add(signal: Plane["data"], observed: Plane["data"]): void {
    for (let i = 0; i < signal.length; i++) {
      const s = signal[i]!;
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((s - this.#low) / this.#width)));
      const seen = this.#seen[bin]!++;
      const place = seen < KEPT ? seen : Math.floor(this.#random.uniform() * (seen + 1));
      if (place >= KEPT) continue;
      this.#signal[bin * KEPT + place] = s;
      this.#observed[bin * KEPT + place] = observed[i]!;
    }
  }

  finish(): SignalPairs {
    const kept = (values: Float64Array): Float64Array =>
      Float64Array.from(
        Array.from(this.#seen, (seen, bin) => [
          ...values.subarray(bin * KEPT, bin * KEPT + Math.min(seen, KEPT)),
        ]).flat(),
      );
    return { signal: kept(this.#signal), observed: kept(this.#observed) };
  }
}
