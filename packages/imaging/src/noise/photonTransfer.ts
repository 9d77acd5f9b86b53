import type { FrameStatistics } from "./frameStatistics.js";
import type { GreyEnd } from "./greyEnds.js";
import type { SignalVariance } from "./varianceLine.js";

/** A point of a photon transfer curve: pixels of about one expected grey value. */
export interface TransferPoint extends SignalVariance {
  readonly pixels: number;
}

/** Such a point with what tells whether its noise was clipped, of which its weight knows nothing. */
export interface TransferBin extends TransferPoint {
  /** The lowest and the highest grey value of the scene. */
  readonly lowest: number;
  readonly highest: number;
  /** The part of these pixels, in all frames, that have the lowest one. */
  readonly low: number;
  /** Which of them a hundredth of the noise or more would be beyond, as far as the mean tells. */
  readonly reached?: "lowest" | "highest";
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
 * that are bright. Where these do not vary at all there is no noise to see, and `weight` is 0.
 */
export function photonTransfer({
  mean,
  successive,
  atLowest,
  lowest,
  highest,
}: Pick<FrameStatistics, "mean" | "successive" | "atLowest" | "lowest" | "highest">): TransferBin[] {
  const order = Int32Array.from(mean.keys()).sort((a, b) => mean[a]! - mean[b]!);
  const span = (mean[order.at(-1)!]! - mean[order[0]!]!) / BINS;
  const most = Math.max(FEWEST_PIXELS, Math.ceil(order.length / BINS));
  const bins: TransferBin[] = [];
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
    let [signal, variance, low] = [0, 0, 0];
    for (let i = start; i < end; i++) {
      signal += mean[order[i]!]!;
      variance += successive[order[i]!]!;
      low += atLowest[order[i]!]!;
    }
    const pixels = end - start;
    const point = { signal: signal / pixels, variance: variance / pixels };
    const reached = reachedEnd(point, lowest, highest);
    bins.push({
      ...{ ...point, pixels, weight: variance > 0 ? 1 / (1 / pixels + 1 / SURE) : 0 },
      ...{ lowest: lowest.value, highest: highest.value, low: low / pixels },
      ...(reached && { reached }),
    });
    start = end;
  }
  return bins;
}

/** Of normal noise, 1 % is further from the mean than so many standard deviations. */
const HUNDREDTH = 2.33;

function reachedEnd(
  { signal, variance }: Pick<TransferPoint, "signal" | "variance">,
  lowest: GreyEnd,
  highest: GreyEnd,
): TransferBin["reached"] {
  // An end that hardly any pixel has is where the noise ends, not the camera.
  const reached = ({ value, part }: GreyEnd): boolean =>
    part > 1e-3 && Math.abs(signal - value) < HUNDREDTH * Math.sqrt(variance);
  return reached(highest) ? "highest" : reached(lowest) ? "lowest" : undefined;
}
