import {
  type ConfigurationSpace,
  oneOf,
  type Refuse,
  type RunConfiguration,
  real,
  record,
  type TrainingImages,
} from "@clidim/denoise";
import {
  type Affine,
  affineOf,
  evenlySpread,
  InputError,
  measureFrames,
  measurePages,
  mixtureVariance,
  type NoiseHistogram,
  type NoiseMeasurement,
  type NoiseMixture,
  type NoiseModel,
  type Normalization,
  noiseHistogramSchema,
  noiseMixtureSchema,
  poissonGaussianMixture,
} from "@clidim/imaging";
import { unlikePages } from "./unlikePages.js";

export const distributionNames = ["auto", "mixture", "histogram", "gaussian"] as const;
/**
 * How observations are distributed around a signal. "mixture", "histogram": as these were measured. "gaussian": as one normal distribution, whose variance grows with the signal. "auto": the mixture where a file has it or the training images are
 * captures enough to fit it, unless the images are clearly brighter than what it was fitted to, else the latter.
 */
export type Distribution = (typeof distributionNames)[number];

/** The schema of the key `distribution`. */
export const distributionField: ConfigurationSpace<Distribution>["schema"] = oneOf(
  distributionNames,
  "Distribution of the noise: the mixture or the histogram that was measured, or a normal one whose variance grows with the signal; auto: the mixture where there is one that reaches as far as the images.",
);

/** Which network values there can be a model of the noise in. */
export function checkNoiseUnits(
  { normalization }: Pick<RunConfiguration, "normalization">,
  refuse: Refuse,
): void {
  if (normalization.mode === "minmax" && normalization.scope === "batch") {
    refuse(["normalization", "scope"], "data, as the noise model has the grey values of all images");
  }
}

/** The noise that a method learns with: part of its configuration, so that a model file has all that the network needs. Plain data. */
export type ConfiguredNoise = NoiseModel & {
  /** What it was measured on, see `NoiseMeasurement`. */
  readonly from: NoiseMeasurement["from"];
  /** One of the two, in grey values. */
  readonly mixture?: NoiseMixture;
  readonly histogram?: NoiseHistogram;
  /** From grey values to the network values that the method is trained in. */
  readonly units: Affine;
};

const LARGEST = 1e30;

/** The schema of the key `noise`. */
export const configuredNoise: ConfigurationSpace<ConfiguredNoise>["schema"] = record({
  from: oneOf(["frames", "signal", "pages"], "What the noise was measured on."),
  gain: real(0, LARGEST, "Grey values per electron."),
  offset: real(-LARGEST, LARGEST, "Variance where the signal is 0."),
  mixture: noiseMixtureSchema.exactOptional(),
  histogram: noiseHistogramSchema.exactOptional(),
  units: record({
    scale: real(0, LARGEST, "Network values per grey value."),
    offset: real(-LARGEST, LARGEST, "Network value of grey value 0."),
  }),
});

/** At most so many scenes of captures, or else pages, tell the noise. */
const [SCENES, PAGES] = [8, 32];
/** Pages that differ from each other by more than this times the variance that neighbouring pixels tell are no captures of one scene: another field of view, or one that moves. */
const SAME_SCENE = 2;
/** A mixture whose variance is by a larger factor above the line's tells more than the noise: the sample moved while its captures were made. One below it tells nothing against the mixture: the line has what light flickers from one capture to the next, of which the mixture is freed. */
const AGREES = 1.2;
/** At so many signals that the images have. */
const COMPARED = 9;
/** Of the warnings of a measurement so many are told. */
const TOLD = 4;
/** The mean of fewer captures has too much noise of its own to stand for the signal. */
const ENOUGH_CAPTURES = 10;

/**
 * The noise to learn with: as it was measured, else as the training images tell it: captures of one field of view by how they differ, other pages by how neighbouring pixels do. `InputError`s as those of `measureFrames` and `measurePages`, and where
 * a distribution is asked for that there is not.
 */
export async function noiseOf(
  distribution: Distribution,
  { scenes, normalization, noise, tell }: TrainingImages,
): Promise<ConfiguredNoise> {
  const { measured, fitted } = noise
    ? { measured: noise, fitted: true }
    : await measure(scenes, normalization);
  const unlike = tell && (await unlikePages(scenes, measured));
  const { from, gain, offset, mixture, histogram } = measured;
  const { low, high } = normalization;
  const middle = (low + high) / 2;
  // Up to far above the percentile of the images, as the line does not end there.
  const line = (): NoiseMixture =>
    poissonGaussianMixture(
      { gain, offset },
      { low, high: high + 3 * (high - low), ...(gain * middle + offset > 0 && { middle }) },
    );
  /** What is to be told of the distribution that is chosen. */
  const ofChoice: string[] = [];
  /** Whether the images are brighter than the signals that a distribution was measured at, which is told with what it comes to. */
  const beyond = (what: string, signals: Signals, comesTo: string): boolean => {
    if (!areBeyond(normalization, signals, measured)) return false;
    ofChoice.push(
      `the images reach ${high.toPrecision(4)} grey values, but the ${what} was measured on signals up to ${signals.high.toPrecision(4)}: ${comesTo}, or measure the noise on frames as bright as the images`,
    );
    return true;
  };
  /** Whether a mixture is wider than the noise is, which is told with what it comes to. */
  const apart = (fittedTo: NoiseMixture, comesTo: string): boolean => {
    const factor = varianceFactor(fittedTo, measured, normalization);
    if (factor <= AGREES) return false;
    ofChoice.push(
      `the mixture has ${factor.toPrecision(2)} times the variance that the line of the noise says (gain ${gain.toPrecision(4)}, offset ${offset.toPrecision(4)}), as where the sample moves slowly or bleaches while its captures are made: ${comesTo}, or measure the noise on frames of a still scene`,
    );
    return true;
  };
  const chosen = (): Pick<ConfiguredNoise, "mixture" | "histogram"> => {
    switch (distribution) {
      case "gaussian":
        return { mixture: line() };
      case "auto": {
        const suits =
          fitted && mixture && !beyond("mixture", mixture, ALONG_THE_LINE) && !apart(mixture, ALONG_THE_LINE);
        return { mixture: suits ? mixture : line() };
      }
      case "mixture":
        if (!mixture) break;
        beyond("mixture", mixture, AS_AT_END);
        apart(mixture, AS_IT_IS);
        return { mixture };
      case "histogram":
        if (!histogram) break;
        beyond("histogram", histogram, AS_AT_END);
        return { histogram };
      default:
        return distribution satisfies never;
    }
    throw new InputError(
      `distribution ${distribution}: the noise was measured on ${from}, which tell no more than its variance; measure it on frames of a still scene, or choose gaussian`,
      { keys: ["distribution"] },
    );
  };
  const learnt = chosen();
  const asMeasured = learnt.histogram !== undefined || learnt.mixture === mixture;
  const told = [
    ...(noise ? [] : warningsOf(measured, asMeasured)),
    ...(unlike === undefined ? [] : [unlike]),
    ...ofChoice,
  ];
  for (const sentence of told) tell?.(sentence);
  return { from, gain, offset, ...learnt, units: affineOf(normalization) };
}

/** What a measurement of the training images found wrong with what is learnt: with histogram and mixture only where it is one of these. */
function warningsOf(
  { warnings, distributionWarnings = [] }: NoiseMeasurement,
  asMeasured: boolean,
): string[] {
  const found = warnings.filter((sentence) => asMeasured || !distributionWarnings.includes(sentence));
  const more = found.length - TOLD;
  return [
    ...found.slice(0, TOLD),
    ...(more > 0 ? [`of the noise of the training images there are ${more} more such warnings`] : []),
  ];
}

/** What is learnt where images are brighter than what was measured, and what may be done instead. */
const AS_AT_END =
  "beyond, the noise is learnt to be as it is there; set distribution to gaussian, whose variance goes on to grow";
const AS_IT_IS =
  "the noise is learnt to be so; set distribution to gaussian, which has the variance of the line";
const ALONG_THE_LINE =
  "the noise is learnt as a normal distribution with the variance of the line; set distribution to mixture where that is worse";

/** Between which signals a distribution was measured, grey values. */
type Signals = Pick<NoiseMixture, "low" | "high">;

/** Images may be brighter by this part of the range of the signals, and by so many standard deviations of the noise. */
const [MORE, DEVIATIONS] = [0.25, 3];

/** Whether images are clearly brighter than the signals that a distribution was measured at: above these it stays as it is at their end. */
function areBeyond(images: Normalization, { low, high }: Signals, { gain, offset }: NoiseModel): boolean {
  const deviation = Math.sqrt(Math.max(0, gain * high + offset));
  return images.high > high + MORE * (high - low) + DEVIATIONS * deviation;
}

/** By which factor the variance of a mixture is that of the line, the median over signals that both it and the images have; 1 where there are none. */
function varianceFactor(mixture: NoiseMixture, { gain, offset }: NoiseModel, images: Normalization): number {
  const [low, high] = [Math.max(mixture.low, images.low), Math.min(mixture.high, images.high)];
  if (!(high > low)) return 1;
  const factors: number[] = [];
  for (let k = 0; k < COMPARED; k++) {
    const signal = low + ((high - low) * (k + 0.5)) / COMPARED;
    const variance = gain * signal + offset;
    if (variance > 0) factors.push(mixtureVariance(mixture, signal) / variance);
  }
  factors.sort((a, b) => a - b);
  return factors[factors.length >> 1] ?? 1;
}

const spreadOver = <T>(count: number, list: readonly T[]): T[] =>
  evenlySpread(Math.min(count, list.length), list.length).map((i) => list[i]!);

/** What the training images tell of their noise, and whether there are captures enough for a mixture. */
async function measure(
  scenes: TrainingImages["scenes"],
  { low, high }: Normalization,
): Promise<{ readonly measured: NoiseMeasurement; readonly fitted: boolean }> {
  const pages = scenes.flatMap(({ name, noisy }) => noisy.map((page) => ({ name, frames: [page] })));
  const alone = await measurePages(spreadOver(PAGES, pages));
  const captures = scenes.filter(({ oneField = false, noisy }) => oneField && noisy.length > 1);
  if (captures.length === 0) return { measured: alone, fitted: false };
  const used = spreadOver(SCENES, captures);
  const together = await measureFrames(used.map(({ name, noisy }) => ({ name, frames: noisy })));
  const variance = ({ gain, offset }: NoiseModel): number => (gain * (low + high)) / 2 + offset;
  const ratio = variance(together) / variance(alone);
  if (!(ratio > 0 && ratio < SAME_SCENE)) return { measured: alone, fitted: false };
  return { measured: together, fitted: used.every(({ noisy }) => noisy.length >= ENOUGH_CAPTURES) };
}
