import type { Plane } from "../image/image.js";

/** How often grey values were observed in place of others: the histogram noise model of PN2V (Krull, Vicar, Prakash, Lalit and Jug 2020). */
export interface NoiseHistogram {
  /** What the bins of both span, grey values. */
  readonly low: number;
  readonly high: number;
  readonly bins: number;
  /** [bins of signals, bins of observations], row-major. */
  readonly counts: readonly number[];
}

/** What a bin without any observation counts for, so that no observation is impossible: PN2V's. */
const FLOOR = 1e-30;

/** Counts pairs of signal and observation in `bins` x `bins` bins from `low` to `high`, grey values below and above in the outermost. */
export class HistogramAccumulator {
  readonly #range: { readonly low: number; readonly high: number };
  readonly #bins: number;
  readonly #counts: Float64Array;

  constructor(range: { readonly low: number; readonly high: number }, bins = 256) {
    if (!(range.high > range.low) || !Number.isSafeInteger(bins) || bins < 2) {
      throw new Error(
        `HistogramAccumulator: expected low < high and at least 2 bins, got ${range.low} to ${range.high} in ${bins}`,
      );
    }
    this.#range = range;
    this.#bins = bins;
    this.#counts = new Float64Array(bins * bins);
  }

  add(signal: Plane["data"], observed: Plane["data"]): void {
    const { low, high } = this.#range;
    const bins = this.#bins;
    const bin = (value: number): number =>
      Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)));
    for (let i = 0; i < signal.length; i++) this.#counts[bin(signal[i]!) * bins + bin(observed[i]!)]!++;
  }

  finish(): NoiseHistogram {
    const { low, high } = this.#range;
    return { low, high, bins: this.#bins, counts: [...this.#counts] };
  }
}

/**
 * The density p(observed | signal) of a histogram, per grey value: rows are normalised, the observation's bin is taken as it is, and rows are interpolated linearly between signals, whose bins' lower edges the rows stand for (as PN2V
 * does it). It integrates to 1 over the histogram's range; grey values beyond count as those at its ends.
 */
export function histogramDensity({
  low,
  high,
  bins,
  counts,
}: NoiseHistogram): (observed: number, signal: number) => number {
  const width = (high - low) / bins;
  const rows = Float64Array.from(counts, (count) => count + FLOOR);
  for (let row = 0; row < bins; row++) {
    const values = rows.subarray(row * bins, (row + 1) * bins);
    const sum = values.reduce((total, value) => total + value, 0);
    for (let i = 0; i < bins; i++) values[i]! /= sum * width;
  }
  // PN2V's clamp: the row above is one, too.
  const place = (value: number): number => Math.min(bins - 1 - 1e-3, Math.max(0, (value - low) / width));
  return (observed, signal) => {
    const column = Math.min(bins - 1, Math.max(0, Math.floor((observed - low) / width)));
    const at = place(signal);
    const row = Math.floor(at);
    const part = at - row;
    return (1 - part) * rows[row * bins + column]! + part * rows[(row + 1) * bins + column]!;
  };
}
