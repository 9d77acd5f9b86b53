import type { FrameStatistics } from "./frameStatistics.js";
import type { GreyEnd } from "./greyEnds.js";
import type { SignalVariance } from "./varianceLine.js";

/** A point of a photon transfer curve: pixels of about one expected grey value. */
export interface TransferPoint extends SignalVariance {
  readonly pixels: number;
}

/** A bin spans at most this part of the grey values, and has at most this part of the pixels. */
const BINS = 48;
/** But at least so many pixels. */
const FEWEST_PIXELS = 64;
/** More pixels make a variance no surer, as what else is wrong with it is larger. */
const SURE = 1000;

/**
 * The photon transfer curve of frames of one still scene (Janesick 2007): the mean and the variance over the frames of pixels of like brightness, in ascending order. The variance is that of the difference of
 * successive frames, which bleaching and drift hardly touch. That bright pixels are chosen by the mean of the same frames does no harm: among pixels that are bright by chance, the variance of Poisson noise grows with the mean as it does among those
 * that are bright. Pixels that reach the lowest or the highest grey value may be clipped: `weight` is 0 where these are a hundredth or more, as far as the mean tells.
 */
export function photonTransfer({
  mean,
  successive,
  lowest,
  highest,
}: Pick<FrameStatistics, "mean" | "successive" | "lowest" | "highest">): TransferPoint[] {
  const order = Int32Array.from(mean.keys()).sort((a, b) => mean[a]! - mean[b]!);
  const span = (mean[order.at(-1)!]! - mean[order[0]!]!) / BINS;
  const most = Math.max(FEWEST_PIXELS, Math.ceil(order.length / BINS));
  const points: TransferPoint[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start;
    const from = mean[order[start]!]!;
    while (
      end < order.length &&
      end - start < most &&
      (end - start < FEWEST_PIXELS || mean[order[end]!]! - from <= span)
    )
      end++;
    // What is left is too little for a bin of its own.
    if (order.length - end < FEWEST_PIXELS) end = order.length;
    let [signal, variance] = [0, 0];
    for (let i = start; i < end; i++) {
      signal += mean[order[i]!]!;
      variance += successive[order[i]!]!;
    }
    const pixels = end - start;
    points.push(point(signal / pixels, variance / pixels, pixels, [lowest, highest]));
    start = end;
  }
  return points;
}

/** Of normal noise, 1 % is further from the mean than so many standard deviations. */
const HUNDREDTH = 2.33;

function point(signal: number, variance: number, pixels: number, ends: readonly GreyEnd[]): TransferPoint {
  // An end that hardly any pixel has is where the noise ends, not the camera.
  const clipped = ends.some(
    ({ value, part }) => part > 1e-3 && Math.abs(signal - value) < HUNDREDTH * Math.sqrt(variance),
  );
  return { signal, variance, pixels, weight: clipped ? 0 : 1 / (1 / pixels + 1 / SURE) };
}
