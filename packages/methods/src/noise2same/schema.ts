import { type ConfigurationSpace, oneOf, real, record } from "@clidim/denoise";
import { type InvariantConfiguration, invariantFields } from "../jInvariance/fields.js";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";

export const presetNames = ["laptop", "large"] as const;
export type PresetName = (typeof presetNames)[number];

/** The keys of Noise2Same beside those of every method. Plain data. */
export type Configuration = InvariantConfiguration & {
  readonly preset: PresetName;
  /** See `invarianceBound`. */
  readonly invarianceWeight: number;
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  ...invariantFields,
  invarianceWeight: real(
    0,
    100,
    "Weight of how much outputs at the pixels of a set depend on what the image has there: twice the noise's standard deviation in network values, by the bound.",
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
