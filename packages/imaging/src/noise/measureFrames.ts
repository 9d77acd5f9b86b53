import { InputError } from "../image/inputError.js";
import type { LazyPage } from "../image/lazyPage.js";
import { type Dark, finishMeasurement, sentenceOfEnds } from "./finishMeasurement.js";
import { fitNoiseMixture } from "./fitNoiseMixture.js";
import { FrameAccumulator, type FrameStatistics } from "./frameStatistics.js";
import { measuredPart } from "./measuredPart.js";
import { HistogramAccumulator, histogramBins } from "./noiseHistogram.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import { photonTransfer, type TransferPoint } from "./photonTransfer.js";
import { SignalPairSampler } from "./signalPairs.js";

/** Frames of one still scene, all of one size. */
export interface Scene {
  /** What messages call it. */
  readonly name: string;
  readonly frames: readonly LazyPage[];
}

export interface MeasureOptions {
  /** Frames without light: they tell the grey value without light and the read noise. */
  readonly dark?: readonly Scene[];
  /** The grey value without light, where it is known without dark frames. */
  readonly black?: number;
  readonly signal?: AbortSignal;
  /** Is told how many frames have been read, of how many reads in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Fewer frames do not tell the expectation of a pixel well. */
const ENOUGH_FRAMES = 10;
/** Frames brighter or darker by more than this part are worth a word. */
const DRIFT = 0.02;
/** So is a variance over all frames above that of successive ones. */
const EXCESS = 0.1;
/** Gains of scenes by themselves that differ by more are not of one camera setting. */
const APART = 0.2;

/**
 * Measures the noise of a camera on repeated frames of still scenes, of each of which there must be at least two: calibration frames or any static sample. The photon transfer curve is made of each scene by itself; the expectation of a pixel, for the
 * histogram and the mixture, is its mean over the frames, as bright as the frame at hand. Frames are read twice, one by one, of larger ones the middle 2048 x 2048 pixels. Warnings say where frames are few or clipped, drift in brightness or move, and where scenes disagree. A scene that is not usable is an
 * `InputError`.
 */
export async function measureFrames(
  scenes: readonly Scene[],
  options: MeasureOptions = {},
): Promise<NoiseMeasurement> {
  const { dark = [], signal, onProgress } = options;
  const total = [...scenes, ...scenes, ...dark].reduce((sum, { frames }) => sum + frames.length, 0);
  let done = 0;
  const read = async (frame: LazyPage) => {
    signal?.throwIfAborted();
    const plane = await measuredPart(frame).read();
    onProgress?.(++done, total);
    return plane;
  };
  const statisticsOf = async ({ name, frames }: Scene): Promise<FrameStatistics> => {
    if (frames.length < 2) {
      throw new InputError(
        `${name} has one page, expected at least 2 frames of a still scene; a single image is measured without frames`,
        { file: name },
      );
    }
    const accumulator = new FrameAccumulator(measuredPart(frames[0]!));
    for (const frame of frames) accumulator.add(await read(frame));
    return accumulator.finish();
  };

  const warnings: string[] = [];
  const transfer: TransferPoint[] = [];
  const expected: { readonly frames: readonly LazyPage[]; readonly mean: Float32Array }[] = [];
  const gains: { readonly name: string; readonly points: readonly TransferPoint[] }[] = [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = true;
  for (const scene of scenes) {
    const statistics = await statisticsOf(scene);
    const points = photonTransfer(statistics);
    transfer.push(...points);
    gains.push({ name: scene.name, points });
    warnings.push(...sceneWarnings(scene.name, statistics));
    [lowest, highest] = [
      Math.min(lowest, statistics.lowest.value),
      Math.max(highest, statistics.highest.value),
    ];
    whole &&= statistics.whole;
    for (const value of statistics.mean) [low, high] = [Math.min(low, value), Math.max(high, value)];
    expected.push({ frames: scene.frames, mean: Float32Array.from(statistics.mean) });
  }
  if (!(highest > lowest)) {
    throw new InputError(`${scenes[0]!.name}: all pixels of all frames are ${lowest}, which tells nothing`);
  }
  const darks: Dark[] = [];
  for (const scene of dark) {
    const { mean, successive, frames } = await statisticsOf(scene);
    const average = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
    darks.push({ name: scene.name, black: average(mean), variance: average(successive), frames });
  }
  const measured = finishMeasurement({
    from: "frames",
    images: scenes.reduce((sum, { frames }) => sum + frames.length, 0),
    transfer,
    dark: darks,
    ...(options.black !== undefined && { black: options.black }),
    scenes: gains,
    apart: APART,
    warnings,
  });
  const histogram = new HistogramAccumulator(histogramBins(lowest, highest, whole));
  const sampler = new SignalPairSampler({ low, high });
  for (const { frames, mean } of expected) {
    for (const frame of frames) {
      const { data } = await read(frame);
      const expectation = asBright(mean, data);
      histogram.add(expectation, data);
      sampler.add(expectation, data);
    }
  }
  return {
    ...measured,
    histogram: histogram.finish(),
    mixture: fitNoiseMixture(sampler.finish(), measured),
  };
}

/** The mean of the frames, as bright as one of them: the gain and offset that come nearest to it, as light and exposure may differ a little from frame to frame. */
function asBright(mean: Float32Array, frame: ArrayLike<number>): Float32Array {
  const average = (values: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    return sum / values.length;
  };
  const [ofMean, ofFrame] = [average(mean), average(frame)];
  let [square, product] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    square += (mean[i]! - ofMean) ** 2;
    product += (mean[i]! - ofMean) * (frame[i]! - ofFrame);
  }
  const gain = square > 0 ? product / square : 1;
  return mean.map((value) => ofFrame + gain * (value - ofMean));
}

function sceneWarnings(name: string, statistics: FrameStatistics): string[] {
  const { frames, brightness, variance, successive } = statistics;
  const warnings = sentenceOfEnds(name, statistics);
  if (frames < ENOUGH_FRAMES) {
    warnings.push(
      `${name} has ${frames} frames; the expectation of a pixel is well known from ${ENOUGH_FRAMES} on, so that histogram and mixture are a little too narrow`,
    );
  }
  // Above the darkest pixels, as far as it is known what is light.
  const floor = percentileOf(statistics.mean, 0.01);
  const light = brightness.map((value) => value - floor);
  const mean = light.reduce((a, b) => a + b, 0) / frames;
  const [most, least] = [light.reduce((a, b) => Math.max(a, b)), light.reduce((a, b) => Math.min(a, b))];
  const drift = (most - least) / mean;
  if (mean > 0 && drift > DRIFT) {
    warnings.push(
      `the brightness of the frames of ${name} differs by ${(100 * drift).toFixed(1)} % (above the darkest hundredth of the pixels); that is allowed for, but the sample may bleach or move`,
    );
  }
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  const excess = sum(variance) / sum(successive) - 1;
  if (excess > EXCESS) {
    warnings.push(
      `pixels of ${name} vary by ${(100 * excess).toFixed(0)} % more over all frames than from one to the next (variance): the sample moves or bleaches; histogram and mixture are too wide by as much`,
    );
  }
  return warnings;
}

function percentileOf(values: Float64Array, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(part * (sorted.length - 1))]!;
}
