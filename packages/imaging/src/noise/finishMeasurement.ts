import { gainError } from "./gainError.js";
import type { GreyEnd } from "./greyEnds.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import type { NoiseModel } from "./noiseModel.js";
import type { TransferPoint } from "./photonTransfer.js";
import { type SignalVariance, varianceLine } from "./varianceLine.js";

/** What frames without light say. */
export interface Dark {
  /** What messages call them. */
  readonly name: string;
  readonly black: number;
  readonly variance: number;
  readonly frames: number;
}

export interface Measured extends Pick<NoiseMeasurement, "from" | "images" | "warnings"> {
  readonly dark?: readonly Dark[];
  readonly black?: number;
  /** The points of each scene or image, in whose gains there should be no difference, and how large a part of them is one. */
  readonly scenes: readonly { readonly name: string; readonly points: readonly TransferPoint[] }[];
  readonly apart: number;
  /** The relative standard error of the variance of so many pixels, of Poisson-Gaussian noise. */
  readonly errorOf: (pixels: number) => number;
}

/** A larger part of the pixels at the lowest or the highest grey value is clipped. */
const CLIPPED = 0.001;
/** Variances that lie further from a line than this part, and so many times of what chance makes of them, are no Poisson-Gaussian noise. */
const [BENT, BENT_ERRORS] = [0.15, 2.2];
/** Gains of scenes differ where they do by more than so many standard errors of each: the largest and the smallest of twenty by chance do not. */
const GAIN_ERRORS = 3;
/** Frames without light were taken otherwise whose variance is further from the line of the others than this part of it and this part of the variance of middling signals, as the line is not known better in the dark. */
const [DARK_APART, LINE_APART] = [0.5, 0.1];

/** Gain and offset from a photon transfer curve, with black level and read noise where these can be told, and with what is wrong with them. Dark frames count for as much as all points together. */
export function finishMeasurement({
  from,
  images,
  dark = [],
  black: given,
  scenes,
  apart,
  errorOf,
  warnings,
}: Measured): Omit<NoiseMeasurement, "histogram" | "mixture"> {
  const sorted = scenes.flatMap(({ points }) => points).toSorted((a, b) => a.signal - b.signal);
  const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (value: Dark) => number): number =>
    dark.reduce((sum, value) => sum + of(value), 0) / dark.length;
  const [black, darkVariance] = dark.length > 0 ? [mean((d) => d.black), mean((d) => d.variance)] : [given];
  const anchors =
    black !== undefined && darkVariance !== undefined
      ? [{ signal: black, variance: darkVariance, weight: all }]
      : [];
  const { gain, offset, scatter } = varianceLine([...sorted, ...anchors]);
  // Of read noise alone, as of the line at the black level.
  const atBlack = black === undefined ? undefined : Math.max(0, darkVariance ?? gain * black + offset);
  const found = [...warnings];
  const byChance = errorOf(middlePixels(sorted));
  if (scatter > Math.hypot(BENT, BENT_ERRORS * byChance)) {
    found.push(
      `the variances lie ${(100 * scatter).toFixed(0)} % off the line (standard deviation): this is not Poisson-Gaussian noise, or there is more than noise in it`,
    );
  }
  const ofLight = varianceLine(sorted);
  for (const { name, black: level, variance } of dark) {
    found.push(...sentencesOfDark(name, { signal: level, variance }, ofLight, sorted));
  }
  const gains = scenes.flatMap(({ name, points }) => {
    const own = [...points, ...anchors];
    const line = varianceLine(own);
    if (line.gain === 0) return [];
    const error = GAIN_ERRORS * gainError(own, line, errorOf(middlePixels(points)));
    return [{ name, gain: line.gain, least: line.gain - error, most: line.gain + error }];
  });
  // Those that are surely largest and smallest: the gain of a scene of one brightness may be any.
  const [least, most] = [
    gains.toSorted((a, b) => a.most - b.most).at(0),
    gains.toSorted((a, b) => b.least - a.least).at(0),
  ];
  if (least && most && most.least > least.most && most.gain > (1 + apart) * least.gain) {
    found.push(
      `the gain of ${most.name} is ${most.gain.toPrecision(3)}, that of ${least.name} ${least.gain.toPrecision(3)}: expected images of one camera with one setting`,
    );
  }
  if (gain === 0) found.push("the noise does not grow with the signal: there is no gain to tell");
  return {
    from,
    images,
    gain,
    offset,
    ...(black !== undefined && { black }),
    ...(atBlack !== undefined && gain > 0 && { readNoise: Math.sqrt(atBlack) / gain }),
    scatter,
    transfer: sorted,
    warnings: found,
  };
}

/** The median of the pixels of points that count. */
function middlePixels(points: readonly TransferPoint[]): number {
  const pixels = points.flatMap((point) => (point.weight > 0 ? [point.pixels] : [])).sort((a, b) => a - b);
  return pixels[pixels.length >> 1] ?? 1;
}

/** Why frames without light are not of the camera setting of the others. */
function sentencesOfDark(
  name: string,
  { signal, variance }: Pick<SignalVariance, "signal" | "variance">,
  { gain, offset }: NoiseModel,
  transfer: readonly TransferPoint[],
): string[] {
  const expected = "expected dark frames with the gain, exposure and black level of the others";
  const darkest = transfer[0];
  if (darkest && signal > darkest.signal + 3 * Math.sqrt(darkest.variance)) {
    return [
      `the dark frames ${name} are brighter (${signal.toPrecision(4)} grey values) than the darkest pixels of the others (${darkest.signal.toPrecision(4)}): ${expected}`,
    ];
  }
  const line = Math.max(0, gain * signal + offset);
  const middle = transfer[transfer.length >> 1]?.variance ?? 0;
  if (Math.abs(variance - line) <= DARK_APART * line + LINE_APART * middle) return [];
  return [
    `the dark frames ${name} have a variance of ${variance.toPrecision(3)} at ${signal.toPrecision(4)} grey values, where the line through the others has ${line.toPrecision(3)}: ${expected}`,
  ];
}

/** What is to be said of pixels at the ends of the grey values. `counts`: whether those at the lowest are known to be zeros among counts of photons, of which nothing is to be said. */
export function sentenceOfEnds(
  name: string,
  { lowest, highest }: { readonly lowest: GreyEnd; readonly highest: GreyEnd },
  counts = false,
): string[] {
  return [...(counts ? [] : [lowest]), highest]
    .filter(({ part }) => part > CLIPPED)
    .map(
      ({ value, part }) =>
        `${(100 * part).toFixed(1)} % of the pixels of ${name} are ${value}: clipped, or zeros among few photons; there the noise is not what it seems`,
    );
}
