import { type ConfigurationSpace, oneOf, type Refuse, real, whole } from "@clidim/denoise";
import { boxOf } from "./blindSpots.js";
import { type Manipulator, manipulatorNames } from "./manipulators.js";

/** The keys of methods with blind spots. Plain data. */
export type BlindSpotConfiguration = {
  /** Part of the pixels that are blind spots, in per cent: one in each box of round(sqrt(100 / maskedPercent)) pixels a side. */
  readonly maskedPercent: number;
  readonly manipulator: Manipulator;
  /** Radius in pixels of the windows that the values at the blind spots come from. */
  readonly radius: number;
};

export const blindSpotFields: {
  readonly [K in keyof BlindSpotConfiguration]: ConfigurationSpace<BlindSpotConfiguration[K]>["schema"];
} = {
  maskedPercent: real(0.01, 25, "Part of the pixels that are blind spots, in per cent."),
  manipulator: oneOf(manipulatorNames, "What the network sees at a blind spot."),
  radius: whole(1, 16, "Radius in pixels of the windows that these values come from."),
};

/** What of the blind spots has to change for a crop to have one. */
export const spotsWithin = (
  { maskedPercent }: Pick<BlindSpotConfiguration, "maskedPercent">,
  crop: number,
): { readonly maskedPercent?: number } =>
  boxOf(maskedPercent) > crop ? { maskedPercent: leastPercent(crop) } : {};

/** One pixel of a crop, rounded up so that its box is no larger. */
const leastPercent = (crop: number): number => Math.ceil(1e4 / crop ** 2) / 100;

/** A crop must have a blind spot. */
export function checkBlindSpots(
  { maskedPercent, crop }: Pick<BlindSpotConfiguration, "maskedPercent"> & { readonly crop: number },
  refuse: Refuse,
): void {
  if (boxOf(maskedPercent) > crop) {
    refuse(["maskedPercent"], `at least ${leastPercent(crop)}, one pixel of a crop`);
  }
}
