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

/** What grey values are counted in: equal bins from `low` to `high`. */
export type HistogramBins = Pick<NoiseHistogram, "low" | "high" | "bins">;

/** As many bins as PN2V has. */
const BINS = 256;

/**
 * At most 256 bins for grey values from `lowest` to `highest`, both included. Where all of them are `whole`, each bin has equally many, or some would seem to be rarer than others. Of others, such as those from 0 to 1, there are
 * 256 from the lowest to a 256th of the span beyond the highest.
 */
export function histogramBins(lowest: number, highest: number, whole: boolean): HistogramBins {
  if (!whole) {
    const span = highest > lowest ? highest - lowest : Math.max(1, Math.abs(lowest));
    return { low: lowest, high: lowest + span * (1 + 1 / BINS), bins: BINS };
  }
  const span = highest + 1 - lowest;
  const width = Math.ceil(span / BINS);
  const bins = Math.max(2, Math.ceil(span / width));
  return { low: lowest, high: lowest + bins * width, bins };
}

/** Counts pairs of signal and observation in `bins` x `bins` bins from `low` to `high`, grey values below and above in the outermost. */
export class HistogramAccumulator {
  readonly #bins: HistogramBins;
  readonly #counts: Float64Array;

  constructor({ low, high, bins }: HistogramBins) {
    if (!(high > low) || !Number.isSafeInteger(bins) || bins < 2) {
      throw new Error(
        `HistogramAccumulator: expected low < high and at least 2 bins, got ${low} to ${high} in ${bins}`,
      );
    }
    this.#bins = { low, high, bins };
    this.#counts = new Float64Array(bins * bins);
  }

  add(signal: Plane["data"], observed: Plane["data"]): void {
    const { low, high, bins } = this.#bins;
    const bin = (value: number): number =>
      Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)));
    for (let i = 0; i < signal.length; i++) this.#counts[bin(signal[i]!) * bins + bin(observed[i]!)]!++;
  }

  finish(): NoiseHistogram {
    return { ...this.#bins, counts: [...this.#counts] };
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
