import type { Plane } from "../image/image.js";
import { percentiles } from "../image/percentile.js";

/** The residuals of the pixels of one range of denoised grey values. */
export interface SignalBin {
  /** Mean denoised grey value. */
  readonly signal: number;
  /** Mean residual: 0 unless the denoiser makes such pixels brighter or darker. */
  readonly mean: number;
  /** Standard deviation of the residual: grows as the square root of the signal for shot noise. */
  readonly deviation: number;
  readonly pixels: number;
}

/** With fewer pixels there is no mean to speak of. */
const LEAST_PIXELS = 64;

/**
 * Mean and standard deviation of the residual (`residual`) by the denoised grey value, ascending; grey values, float64. Up to `bins` ranges of equal width between the minimum
 * and percentile 99.9, the last one open; a range of fewer than 64 pixels is joined with the next.
 */
export function residualAgainstSignal(residual: Plane, denoised: Plane, bins = 16): SignalBin[] {
  const count = denoised.data.length;
  if (residual.data.length !== count || !(bins >= 1)) {
    throw new Error(
      `residualAgainstSignal: expected pages of one size and at least 1 bin, got ${residual.data.length} and ${count} pixels and ${bins} bins`,
    );
  }
  const [low, high] = percentiles([denoised], [0, 99.9]) as [number, number]; // one value per percentage
  const scale = high > low ? bins / (high - low) : 0;
  const ranges: number[][] = Array.from({ length: bins }, () => []);
  for (let at = 0; at < count; at++) {
    const place = Math.floor((denoised.data[at]! - low) * scale);
    ranges[Math.min(bins - 1, Math.max(0, place))]!.push(at);
  }
  const joined: number[][] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && last.length < LEAST_PIXELS) joined[joined.length - 1] = last.concat(range);
    else if (range.length > 0) joined.push(range);
  }
  const rest = joined.at(-1)!;
  if (joined.length > 1 && rest.length < LEAST_PIXELS) {
    joined.splice(-2, 2, joined.at(-2)!.concat(rest));
  }
  return joined.map((range) => {
    const meanOf = (value: (at: number) => number): number =>
      range.reduce((sum, at) => sum + value(at), 0) / range.length;
    const mean = meanOf((at) => residual.data[at]!);
    return {
      signal: meanOf((at) => denoised.data[at]!),
      mean,
      deviation: Math.sqrt(meanOf((at) => (residual.data[at]! - mean) ** 2)),
      pixels: range.length,
    };
  });
}
