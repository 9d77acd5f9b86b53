import { counterRandom, type RandomStream } from "../image/counterRandom.js";
import { InputError } from "../image/inputError.js";
import { cutPage, type LazyPage } from "../image/lazyPage.js";
import { blankText, isBlank } from "../missing/missingPixels.js";
import { type BinnedScene, weighedTransfer } from "./clippedBins.js";
import { type Dark, finishMeasurement, sentenceOfEnds } from "./finishMeasurement.js";
import { fitNoiseMixture } from "./fitNoiseMixture.js";
import { FrameAccumulator, type FrameStatistics } from "./frameStatistics.js";
import { measuredPart } from "./measuredPart.js";
import { HistogramAccumulator, histogramBins } from "./noiseHistogram.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import type { NoiseModel } from "./noiseModel.js";
import { photonTransfer } from "./photonTransfer.js";
import { sentenceOfBlank } from "./sentenceOfBlank.js";
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
/** Frames brighter or darker by more than this part are worth a word, if it is so many standard errors of the mean of a frame: more than the lightest and the darkest of a thousand differ by chance. */
const [DRIFT, DRIFT_ERRORS] = [0.02, 8];
/** So is a variance over all frames above that of successive ones. */
const EXCESS = 0.1;
/** Gains of scenes by themselves that differ by more are not of one camera setting. */
const APART = 0.2;

/**
 * Measures the noise of a camera on repeated frames of still scenes, of each of which there must be at least two: calibration frames or any static sample. The photon transfer curve is made of each scene by itself; the expectation of a pixel, for the
 * histogram and the mixture, is its mean over the frames, as bright as the frame at hand, and deviations from it are scaled to the variance that they have from the true one. Blank frames, such as dropped ones, are left out, but for dark ones. Frames are read twice, one by one, of more than 2048 x 2048 pixels a part (`measuredPart`), the same of all. Warnings say where frames are few or clipped, drift in brightness or move, and where scenes disagree. A scene that is not usable is an
 * `InputError`.
 */
export async function measureFrames(
  scenes: readonly Scene[],
  options: MeasureOptions = {},
): Promise<NoiseMeasurement> {
  const { dark = [], signal, onProgress } = options;
  let total = [...scenes, ...scenes, ...dark].reduce((sum, { frames }) => sum + frames.length, 0);
  let done = 0;
  const read = async (frame: LazyPage) => {
    signal?.throwIfAborted();
    const plane = await frame.read();
    onProgress?.(++done, total);
    return plane;
  };
  /** What the frames of a scene say, or dark ones, of which none is left out as it is blank; which of them are used, and what the first of the others is, in words. */
  const inspected = async ({ name, frames }: Scene, kind: "still" | "dark"): Promise<Inspected> => {
    if (frames.length < 2) {
      const expectation =
        kind === "dark"
          ? "expected at least 2 frames without light, whose difference tells the read noise; with one, give the grey value without light (black) in place of dark"
          : "expected at least 2 frames of a still scene; a single image is measured without frames";
      throw new InputError(`${name} has one page, ${expectation}`, {
        file: name,
        ...(kind === "dark" && { keys: ["dark", "black"] }),
      });
    }
    const { width, height } = frames[0]!;
    const part = await measuredPart(frames);
    // Frames of another size are refused as they are added.
    const cut = (frame: LazyPage): LazyPage =>
      frame.width === width && frame.height === height ? cutPage(frame, part) : frame;
    const accumulator = new FrameAccumulator(part);
    const used: LazyPage[] = [];
    let text = "";
    for (const frame of frames.map(cut)) {
      const plane = await read(frame);
      if (kind === "still" && isBlank(plane)) {
        text ||= blankText(plane);
        total--;
      } else {
        accumulator.add(plane);
        used.push(frame);
      }
    }
    if (used.length < 2) {
      const which = used.length === 0 ? "all frames are" : "all frames but one are";
      throw new InputError(`${name}: ${which} blank (${text}), which tells nothing`, { file: name });
    }
    return { statistics: accumulator.finish(), used, text };
  };

  const darks: Dark[] = [];
  for (const scene of dark) {
    const { mean, successive, frames } = (await inspected(scene, "dark")).statistics;
    darks.push({ name: scene.name, black: average(mean), variance: average(successive), frames });
  }
  const black = darks.length > 0 ? average(darks.map((one) => one.black)) : options.black;
  const expected: { readonly frames: readonly LazyPage[]; readonly mean: Float32Array }[] = [];
  const binned: (BinnedScene & { readonly statistics: FrameStatistics })[] = [];
  const warnings: string[] = [];
  const distributionWarnings: string[] = [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = true;
  for (const scene of scenes) {
    const { statistics, used, text } = await inspected(scene, "still");
    const { name, frames } = scene;
    warnings.push(
      ...sentenceOfBlank(name, { blank: frames.length - used.length, pages: frames.length, text }),
    );
    binned.push({ name, bins: photonTransfer(statistics), statistics });
    [lowest, highest] = [
      Math.min(lowest, statistics.lowest.value),
      Math.max(highest, statistics.highest.value),
    ];
    whole &&= statistics.whole;
    for (const value of statistics.mean) [low, high] = [Math.min(low, value), Math.max(high, value)];
    expected.push({ frames: used, mean: Float32Array.from(statistics.mean) });
  }
  const transfer = weighedTransfer(binned);
  for (const { name, statistics } of binned) {
    const found = sceneWarnings(name, statistics, black);
    warnings.push(
      ...sentenceOfEnds(name, statistics, transfer.counts),
      ...found.map(({ sentence }) => sentence),
    );
    distributionWarnings.push(
      ...found.flatMap(({ ofDistribution, sentence }) => (ofDistribution ? [sentence] : [])),
    );
  }
  const fewest = binned.reduce(
    (least, { statistics }) => Math.min(least, statistics.frames),
    Number.POSITIVE_INFINITY,
  );
  const measured = finishMeasurement({
    from: "frames",
    images: expected.reduce((sum, { frames }) => sum + frames.length, 0),
    dark: darks,
    ...(black !== undefined && { black }),
    scenes: transfer.scenes,
    apart: APART,
    // The variance of the difference of successive frames, each of which has a part in two: 3 / n in place of 2 / n.
    errorOf: (pixels) => Math.sqrt(3 / (pixels * (fewest - 1))),
    warnings: [...warnings, ...transfer.warnings],
  });
  const histogram = new HistogramAccumulator(histogramBins(lowest, highest, whole));
  const sampler = new SignalPairSampler({ low, high });
  const random = counterRandom(0);
  for (const { frames, mean } of expected) {
    for (const frame of frames) {
      const { data } = await read(frame);
      const expectation = asBright(mean, data);
      const observed = asFarAs(data, expectation, frames.length);
      const counted = whole ? wholeAsFarAs(data, expectation, frames.length, measured, random) : observed;
      // Beyond what the frames have there is no bin, and the outermost would fill with it.
      const isWithin = (value: number): boolean => value >= lowest && value <= highest;
      histogram.add(
        expectation,
        counted.map((value, i) => (isWithin(value) ? value : data[i]!)),
      );
      sampler.add(expectation, observed);
    }
  }
  return {
    ...measured,
    histogram: histogram.finish(),
    mixture: fitNoiseMixture(sampler.finish(), measured, { whole }),
    ...(distributionWarnings.length > 0 && { distributionWarnings }),
  };
}

interface Inspected {
  readonly statistics: FrameStatistics;
  readonly used: readonly LazyPage[];
  readonly text: string;
}

/** The mean of the frames, as bright as one of them: the gain and offset that come nearest to it, as light and exposure may differ a little from frame to frame. */
function asBright(mean: Float32Array, frame: ArrayLike<number>): Float32Array {
  const [ofMean, ofFrame] = [average(mean), average(frame)];
  let [square, product] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    square += (mean[i]! - ofMean) ** 2;
    product += (mean[i]! - ofMean) * (frame[i]! - ofFrame);
  }
  const gain = square > 0 ? product / square : 1;
  return mean.map((value) => ofFrame + gain * (value - ofMean));
}

/**
 * What a frame has, as far from its expectation as it is from the true one: the mean of n frames has the n-th part of each, so that the variance around it is smaller by 1 - 1 / n.
 */
function asFarAs(frame: ArrayLike<number>, expectation: Float32Array, frames: number): Float64Array {
  const factor = Math.sqrt(frames / (frames - 1));
  return Float64Array.from(expectation, (expected, i) => expected + factor * (frame[i]! - expected));
}

/** Variances of whole grey values below this are hardly more than their rounding, and say nothing of a distribution between them. */
const LEAST_VARIANCE = 1 / 2;

/**
 * The same of whole grey values, as whole ones. Multiplied as they are, they would leave gaps, so that some deviations would be hardly ever counted: a whole grey value stands for all from half a one below to half a one above, one of which is
 * drawn. With u, evenly distributed between -1/2 and 1/2, and rounding, each of which adds 1 / 12, the variance v of the noise has n frames' deviations multiplied by g, g^2 ((1 - 1 / n) v + 1 / 12) + 1 / 12 = v.
 */
function wholeAsFarAs(
  frame: ArrayLike<number>,
  expectation: Float32Array,
  frames: number,
  { gain, offset }: NoiseModel,
  random: RandomStream,
): Float64Array {
  return Float64Array.from(expectation, (expected, i) => {
    const variance = Math.max(LEAST_VARIANCE, gain * expected + offset);
    const factor = Math.sqrt((variance - 1 / 12) / ((1 - 1 / frames) * variance + 1 / 12));
    return Math.round(expected + factor * (frame[i]! + random.uniform() - 0.5 - expected));
  });
}

interface SceneWarning {
  readonly sentence: string;
  /** It bears on histogram and mixture alone: the line is made of how far frames are from the next. */
  readonly ofDistribution: boolean;
}

function sceneWarnings(name: string, statistics: FrameStatistics, black: number | undefined): SceneWarning[] {
  const { frames, brightness, variance, successive } = statistics;
  const warnings: SceneWarning[] = [];
  const warn = (sentence: string, ofDistribution: boolean): unknown =>
    warnings.push({ sentence, ofDistribution });
  if (frames < ENOUGH_FRAMES) {
    warn(
      `${name} has ${frames} frames; the expectation of a pixel is well known from ${ENOUGH_FRAMES} on: histogram and mixture have the variance of the noise, but are more like a normal distribution than it is`,
      true,
    );
  }
  // Of the light alone: above the darkest pixels, as far as the black level is not known.
  const floor = black ?? percentileOf(statistics.mean, 0.01);
  const light = average(brightness) - floor;
  // Frames may be more than a call has arguments.
  const [most, least] = [
    brightness.reduce((a, b) => Math.max(a, b)),
    brightness.reduce((a, b) => Math.min(a, b)),
  ];
  const difference = most - least;
  const error = Math.sqrt(average(successive) / successive.length);
  if (light > 0 && difference > Math.max(DRIFT * light, DRIFT_ERRORS * error)) {
    const above = black === undefined ? "darkest hundredth of the pixels" : "black level";
    warn(
      `the brightness of the frames of ${name} differs by ${((100 * difference) / light).toFixed(1)} % (above the ${above}); that is allowed for, but the sample may bleach or move`,
      false,
    );
  }
  const excess = average(variance) / average(successive) - 1;
  if (excess > EXCESS) {
    warn(
      `pixels of ${name} vary by ${(100 * excess).toFixed(0)} % more over all frames than from one to the next (variance): the sample moves or bleaches; histogram and mixture are too wide by as much`,
      true,
    );
  }
  return warnings;
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function percentileOf(values: Float64Array, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(part * (sorted.length - 1))]!;
}
