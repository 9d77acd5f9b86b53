import { fromFunction } from "../image/fromFunction.js";
import { InputError } from "../image/inputError.js";
import type { LazyPage } from "../image/lazyPage.js";
import { percentiles } from "../image/percentile.js";
import type { Rectangle } from "../image/regions.js";
import { blankText, isBlank } from "../missing/missingPixels.js";
import { type BinnedScene, weighedTransfer } from "./clippedBins.js";
import { finishMeasurement, sentenceOfEnds } from "./finishMeasurement.js";
import { fitNoiseMixture } from "./fitNoiseMixture.js";
import { GreyEnds } from "./greyEnds.js";
import { measuredPart } from "./measuredPart.js";
import type { MeasureOptions } from "./measureFrames.js";
import { HistogramAccumulator, histogramBins } from "./noiseHistogram.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import { photonTransfer } from "./photonTransfer.js";
import { sentenceOfBlank } from "./sentenceOfBlank.js";
import { SignalPairSampler } from "./signalPairs.js";

/** A noisy image and what it should look like, in the same grey values: a clean image, or what a denoiser has made of it. */
export interface SignalPair {
  readonly name: string;
  readonly noisy: LazyPage;
  readonly signal: LazyPage;
}

/** A pair, and what of it is looked at. */
type MeasuredPair = SignalPair & { readonly part: Rectangle };

/** Gains of images by themselves differ by as much with what a denoiser took away of structures. */
const APART = 0.5;

/** Signals of a denoised image that are rarer are errors more often than signals: PPN2V's, per cent. */
const [LOWEST, HIGHEST] = [0.5, 99.5];

/**
 * Measures the noise of images beside their signals (of PPN2V, "bootstrapped" where these are denoised images). What a denoiser took away of structure counts as noise, and what it left of noise does not. Blank noisy pages are left out. Of pages larger than 2048 x 2048 pixels a part is looked at (`measuredPart` of the noisy one). Warnings say where
 * images are clipped, and where they disagree. At least one pair; those of different sizes are an `InputError`.
 */
export async function measureSignal(
  pairs: readonly SignalPair[],
  { black, signal: abort, onProgress }: Omit<MeasureOptions, "dark"> = {},
): Promise<NoiseMeasurement> {
  const binned: BinnedScene[] = [];
  const allGreys = new GreyEnds();
  const own: ReturnType<GreyEnds["finish"]>[] = [];
  const used: MeasuredPair[] = [];
  let text = "";
  let total = 2 * pairs.length;
  let done = 0;
  const read = async ({ noisy, signal, part }: MeasuredPair) => {
    abort?.throwIfAborted();
    const planes = [await noisy.read(part), await signal.read(part)] as const;
    onProgress?.(++done, total);
    return planes;
  };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const pair of pairs) {
    const { width, height } = pair.noisy;
    if (pair.signal.width !== width || pair.signal.height !== height) {
      throw new InputError(
        `${pair.name} is ${width} x ${height} pixels and its signal ${pair.signal.width} x ${pair.signal.height}; expected images of one size`,
        { keys: ["signal"] },
      );
    }
    const measured = { ...pair, part: await measuredPart([pair.noisy]) };
    const [noisy, signal] = await read(measured);
    if (isBlank(noisy)) {
      text ||= blankText(noisy);
      total--;
      continue;
    }
    used.push(measured);
    const successive = fromFunction(
      new Float64Array(noisy.data.length),
      (i) => (noisy.data[i]! - signal.data[i]!) ** 2,
    );
    const greys = new GreyEnds();
    greys.add(noisy.data);
    const ends = greys.finish();
    const mean = Float64Array.from(signal.data);
    const atLowest = fromFunction(new Float64Array(noisy.data.length), (i) =>
      noisy.data[i] === ends.lowest.value ? 1 : 0,
    );
    binned.push({ name: pair.name, bins: photonTransfer({ mean, successive, atLowest, ...ends }) });
    allGreys.add(noisy.data);
    own.push(ends);
    const [from, to] = percentiles([signal], [LOWEST, HIGHEST]) as [number, number]; // one value per percentage
    [low, high] = [Math.min(low, from), Math.max(high, to)];
  }
  if (used.length === 0) {
    throw new InputError(`${pairs[0]!.name}: all noisy pages are blank (${text}), which tells nothing`, {
      file: pairs[0]!.name,
    });
  }
  const ends = allGreys.finish();
  const transfer = weighedTransfer(binned);
  const measured = finishMeasurement({
    from: "signal",
    images: used.length,
    ...(black !== undefined && { black }),
    scenes: transfer.scenes,
    apart: APART,
    errorOf: (pixels) => Math.sqrt(2 / pixels),
    warnings: [
      ...sentenceOfBlank("the images", { blank: pairs.length - used.length, pages: pairs.length, text }),
      ...sentencesOfEnds(used, own, transfer.counts),
      ...transfer.warnings,
    ],
  });
  const histogram = new HistogramAccumulator(
    histogramBins(ends.lowest.value, ends.highest.value, ends.whole),
  );
  const sampler = new SignalPairSampler({ low, high });
  for (const pair of used) {
    const [noisy, signal] = await read(pair);
    histogram.add(signal.data, noisy.data);
    const within = (_: number, i: number): boolean => signal.data[i]! >= low && signal.data[i]! <= high;
    sampler.add(Float64Array.from(signal.data).filter(within), Float64Array.from(noisy.data).filter(within));
  }
  return { ...measured, histogram: histogram.finish(), mixture: fitNoiseMixture(sampler.finish(), measured) };
}

/** Of the first image with such pixels, and of how many others there are. */
function sentencesOfEnds(
  pairs: readonly SignalPair[],
  ends: readonly Parameters<typeof sentenceOfEnds>[1][],
  counts: boolean,
): readonly string[] {
  const [first, ...others] = pairs
    .map(({ name }, i) => sentenceOfEnds(name, ends[i]!, counts))
    .filter((sentences) => sentences.length > 0);
  if (!first) return [];
  if (others.length === 0) return first;
  return [
    ...first,
    `there are such pixels in ${others.length} other ${others.length === 1 ? "image" : "images"}`,
  ];
}
