import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  odd,
  oneOf,
  type Refuse,
  real,
  record,
  whole,
} from "@clidim/denoise";
import { type BlindSpotConfiguration, blindSpotFields, checkBlindSpots } from "../blindSpots/fields.js";
import { type StructAxis, structAxes } from "../blindSpots/structuredMask.js";
import { type LossName, lossNames } from "../losses/pixelLoss.js";
import { checkHalvings } from "../training/halvings.js";
import {
  optimizationFields,
  protocolFields,
  smallestCrop,
  type TrainingConfiguration,
  trainingGroups,
  trainingRecords,
} from "../training/trainingFields.js";
import { type NetworkName, networkNames } from "./network.js";

export const presetNames = ["laptop", "n2v", "n2v2"] as const;
export type PresetName = (typeof presetNames)[number];

/** The keys of Noise2Void beside those of every method. Plain data. */
export type Configuration = TrainingConfiguration &
  BlindSpotConfiguration & {
    readonly preset: PresetName;
    readonly network: NetworkName;
    /** Halvings of the image in the U-Net. */
    readonly depth: number;
    /** Channels of the outermost level; they double inwards. */
    readonly filters: number;
    /** Side of the convolutions' kernels. */
    readonly kernel: number;
    /** Of the output at the blind spots against the noisy values there. */
    readonly loss: LossName;
    /** Along which axis neighbours are hidden with each blind spot, or that the training images decide it, see `noiseStructure`. */
    readonly structAxis: StructAxis | "none" | "auto";
    /** How many pixels are hidden together. */
    readonly structSpan: number;
    /** At most this part of the pixels is hidden, in per cent, the neighbours included, see `spotBox`. */
    readonly hiddenPercent: number;
  };

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  network: oneOf(networkNames, "U-Net of Noise2Void, or that of N2V2: blurred pooling, no outermost skip."),
  depth: whole(1, 5, "Halvings of the image in the U-Net."),
  filters: whole(1, 512, "Channels of the outermost level; they double inwards."),
  kernel: odd(3, 7, "Side of the convolutions' kernels in pixels."),
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  loss: oneOf(lossNames, "Mean absolute or squared difference from the noisy values at the blind spots."),
  ...blindSpotFields,
  structAxis: oneOf(
    ["none", ...structAxes, "auto"],
    "Hides neighbours along this axis with each blind spot (structN2V), for noise that is correlated along it; auto: as the noise of the training images is, which decides the span too. Pages are then never turned by a quarter: orientations 8 are 4.",
  ),
  structSpan: odd(3, 31, "Pixels along that axis that are hidden together, the blind spot in their middle."),
  hiddenPercent: real(
    0.1,
    100,
    "With a structAxis, the largest part of the pixels that is hidden, neighbours included, in per cent: there are fewer blind spots than maskedPercent says where these would hide more; 100: as many as it says.",
  ),
  ...protocolFields,
} as const;

/** The fields by record, "" for the outermost. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": shape,
  ...trainingGroups,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...shape,
  // Files of before do not have these.
  schedule: shape.schedule.default("linear"),
  structAxis: shape.structAxis.default("none"),
  structSpan: shape.structSpan.default(11),
  hiddenPercent: shape.hiddenPercent.optional(),
  guard: shape.guard.default(false),
  calibrateFlux: shape.calibrateFlux.default(false),
  orientations: shape.orientations.default(1),
  ...trainingRecords,
}).transform(({ hiddenPercent, ...others }) => ({
  ...others,
  // Before there was this key, all spots were hidden with their neighbours that maskedPercent says.
  hiddenPercent: hiddenPercent ?? (others.structAxis === "none" ? 5 : 100),
}));

/** What the keys of a configuration may be to each other. */
export function checkConfiguration(configuration: Configuration, refuse: Refuse): void {
  const { depth, crop, regions, maskedPercent, structAxis, normalization } = configuration;
  checkHalvings({ depth, crop, regions }, refuse);
  checkSchedule(configuration, refuse);
  checkBlindSpots({ maskedPercent, crop }, refuse);
  if (structAxis !== "none" && normalization.mode !== "standard") {
    refuse(
      ["structAxis"],
      `none with normalization.mode ${normalization.mode}, as hidden neighbours are drawn for images with mean 0 and standard deviation 1; set normalization.mode to standard`,
    );
  }
}
