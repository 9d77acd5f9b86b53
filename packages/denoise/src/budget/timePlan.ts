import type { ClassicalCosts } from "../inference/contender.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** What is to be denoised. */
export interface DenoisingWork {
  /** Files, of several channels each of these. */
  readonly images: number;
  /** Of all pages of all files. */
  readonly pixels: number;
}

/** How fast a training is. */
export interface TrainingPace {
  /** Until its first update is done, seconds. */
  readonly setUp: number;
  readonly secondsPerUpdate: number;
}

/** Of the time for a training, what updates are planned for: validations, files and calibrations take some as well, and other programs may slow it down. */
const FOR_UPDATES = 0.85;
/** Forward and backward, an update works on its pixels about three times as long as the network alone. */
const APPLIED = 1 / 3;

/**
 * Seconds that denoising takes after the training, by the costs of classical methods and, where known, of the network: for each image a method is chosen (of the first it is already), which is compared with the model on about as many
 * pixels, and whichever takes longer denoises it.
 */
export function secondsToDenoise(
  { images, pixels }: DenoisingWork,
  { choosing, denoising }: ClassicalCosts,
  networkPixel = 0,
): number {
  return (2 * images - 1) * choosing + Math.max(denoising, pixels * networkPixel);
}

/** A length of time in a sentence: "300 s". */
export const secondsText = (seconds: number): string => `${Number(seconds.toPrecision(3))} s`;

/** About how long a network takes for a pixel, by the pace of its training, in seconds. */
export const networkPixelSeconds = (
  { secondsPerUpdate }: TrainingPace,
  { batch, crop }: Pick<RunConfiguration, "batch" | "crop">,
): number => (APPLIED * secondsPerUpdate) / (batch * crop * crop);

/** How many updates fit into so many seconds, 0 where none does. */
export const updatesWithin = (seconds: number, { setUp, secondsPerUpdate }: TrainingPace): number =>
  Math.max(0, Math.floor((FOR_UPDATES * (seconds - setUp)) / secondsPerUpdate));
