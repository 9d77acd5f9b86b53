import { fromFunction } from "../image/fromFunction.js";
import { InputError } from "../image/inputError.js";
import type { LazyPage } from "../image/lazyPage.js";
import { percentiles } from "../image/percentile.js";
import { finishMeasurement } from "./finishMeasurement.js";
import { fitNoiseMixture } from "./fitNoiseMixture.js";
import { GreyEnds } from "./greyEnds.js";
import { measuredPart } from "./measuredPart.js";
import type { MeasureOptions } from "./measureFrames.js";
import { HistogramAccumulator, histogramBins } from "./noiseHistogram.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import { photonTransfer, type TransferPoint } from "./photonTransfer.js";
import { SignalPairSampler } from "./signalPairs.js";

/** A noisy image and what it should look like, in the same grey values: a clean image, or what a denoiser has made of it. */
export interface SignalPair {
  readonly name: string;
  readonly noisy: LazyPage;
  readonly signal: LazyPage;
}

/** Signals of a denoised image that are rarer are errors more often than signals: PPN2V's, per cent. */
const [LOWEST, HIGHEST] = [0.5, 99.5];

/**
 * Measures the noise of images beside their signals (of PPN2V, "bootstrapped" where these are denoised images). What a denoiser took away of structure counts as noise, and what it left of noise does not. Of pages larger than 2048 x 2048 pixels the middle is looked at. At least one pair; those of
 * different sizes are an `InputError`.
 */
export async function measureSignal(
  pairs: readonly SignalPair[],
  { black, signal: abort, onProgress }: Omit<MeasureOptions, "dark"> = {},
): Promise<NoiseMeasurement> {
  const transfer: TransferPoint[] = [];
  const total = 2 * pairs.length;
  let done = 0;
  const read = async ({ noisy, signal }: SignalPair) => {
    abort?.throwIfAborted();
    const planes = [await measuredPart(noisy).read(), await measuredPart(signal).read()] as const;
    onProgress?.(++done, total);
    return planes;
  };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = true;
  for (const pair of pairs) {
    const { width, height } = pair.noisy;
    if (pair.signal.width !== width || pair.signal.height !== height) {
      throw new InputError(
        `${pair.name} is ${width} x ${height} pixels and its signal ${pair.signal.width} x ${pair.signal.height}; expected images of one size`,
        { keys: ["signal"] },
      );
    }
    const [noisy, signal] = await read(pair);
    const successive = fromFunction(
      new Float64Array(noisy.data.length),
      (i) => (noisy.data[i]! - signal.data[i]!) ** 2,
    );
    const greys = new GreyEnds();
    greys.add(noisy.data);
    const ends = greys.finish();
    const mean = Float64Array.from(signal.data);
    transfer.push(...photonTransfer({ mean, successive, ...ends }));
    const [from, to] = percentiles([signal], [LOWEST, HIGHEST]) as [number, number]; // one value per percentage
    [low, high] = [Math.min(low, from), Math.max(high, to)];
    [lowest, highest] = [Math.min(lowest, ends.lowest.value), Math.max(highest, ends.highest.value)];
    whole &&= ends.whole;
  }
  const measured = finishMeasurement({
    from: "signal",
    images: pairs.length,
    transfer,
    ...(black !== undefined && { black }),
    warnings: [],
  });
  const histogram = new HistogramAccumulator(histogramBins(lowest, highest, whole));
  const sampler = new SignalPairSampler({ low, high });
  for (const pair of pairs) {
    const [noisy, signal] = await read(pair);
    histogram.add(signal.data, noisy.data);
    const within = (_: number, i: number): boolean => signal.data[i]! >= low && signal.data[i]! <= high;
    sampler.add(Float64Array.from(signal.data).filter(within), Float64Array.from(noisy.data).filter(within));
  }
  return { ...measured, histogram: histogram.finish(), mixture: fitNoiseMixture(sampler.finish(), measured) };
}
