import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  oneOf,
  type Refuse,
  record,
  whole,
} from "@clidim/denoise";
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

export const presetNames = ["laptop", "paper"] as const;
export type PresetName = (typeof presetNames)[number];

const targetsNames = ["others", "next"] as const;
/** Which captures of its scene a page is trained towards: any but itself, or those before and after it. */
export type Targets = (typeof targetsNames)[number];

/** The keys of Noise2Noise beside those of every method. Plain data. */
export type Configuration = TrainingConfiguration & {
  readonly preset: PresetName;
  /** Halvings of the image in the U-Net. */
  readonly depth: number;
  /** Channels of the way down; there are twice as many on the way up. */
  readonly filters: number;
  /** Of the output against the other capture. */
  readonly loss: LossName;
  readonly targets: Targets;
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  depth: whole(1, 6, "Halvings of the image in the U-Net."),
  filters: whole(1, 512, "Channels of the way down; there are twice as many on the way up."),
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  loss: oneOf(lossNames, "Mean absolute or squared difference from the other capture."),
  targets: oneOf(
    targetsNames,
    "The captures that a page is trained towards: any others of its scene, or those before and after it, for scenes that move or bleach slowly.",
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
  ...trainingRecords,
});

/** What the keys of a configuration may be to each other. */
export function checkConfiguration(configuration: Configuration, refuse: Refuse): void {
  checkHalvings(configuration, refuse);
  checkSchedule(configuration, refuse);
}
