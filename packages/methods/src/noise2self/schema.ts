import { type ConfigurationSpace, oneOf, record } from "@clidim/denoise";
import { type InvariantConfiguration, invariantFields } from "../jInvariance/fields.js";
import { type LossName, lossNames } from "../losses/pixelLoss.js";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";

export const presetNames = ["laptop", "large"] as const;
export type PresetName = (typeof presetNames)[number];

const inferences = ["whole", "invariant"] as const;

/** The keys of Noise2Self beside those of every method. Plain data. */
export type Configuration = InvariantConfiguration & {
  readonly preset: PresetName;
  /** Of the output at the pixels of the set against the noisy values there. */
  readonly loss: LossName;
  /** "whole": the trained network sees all pixels. "invariant": each pixel is told from the others, as in training, in stride^2 passes. */
  readonly inference: (typeof inferences)[number];
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  ...invariantFields,
  loss: oneOf(
    lossNames,
    "Mean absolute or squared difference from the noisy values at the pixels of the set.",
  ),
  inference: oneOf(
    inferences,
    "Whether a trained network sees all pixels, or tells each from the others, as in training, in stride^2 passes.",
  ),
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
