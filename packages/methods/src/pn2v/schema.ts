import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  oneOf,
  type Refuse,
  record,
  whole,
} from "@clidim/denoise";
import { type BlindSpotConfiguration, blindSpotFields, checkBlindSpots } from "../blindSpots/fields.js";
import {
  type ConfiguredNoise,
  checkNoiseUnits,
  configuredNoise,
  type Distribution,
  distributionField,
} from "../noiseLikelihood/configuredNoise.js";
import { checkHalvings } from "../training/halvings.js";
import {
  optimizationFields,
  protocolFields,
  smallestCrop,
  type TrainingConfiguration,
  trainingGroups,
  trainingRecords,
} from "../training/trainingFields.js";

export const presetNames = ["laptop", "ppn2v"] as const;
export type PresetName = (typeof presetNames)[number];

const inferences = ["mmse", "prior-mean"] as const;

/** The keys of PN2V beside those of every method. Plain data. */
export type Configuration = TrainingConfiguration &
  BlindSpotConfiguration & {
    readonly preset: PresetName;
    /** Halvings of the image in the U-Net. */
    readonly depth: number;
    /** Channels of the outermost level; they double inwards. */
    readonly filters: number;
    /** What the network says of each pixel: so many values that the signal may have, equally probable by what the pixels around it say. */
    readonly samples: number;
    readonly distribution: Distribution;
    /** "mmse": the mean of the samples, weighted by how likely they make the noisy value. "prior-mean": the mean alone, to which the pixel's own value adds nothing. */
    readonly inference: (typeof inferences)[number];
    /** The noise, which `prepare` decides. */
    readonly noise?: ConfiguredNoise;
  };

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  depth: whole(1, 5, "Halvings of the image in the U-Net."),
  filters: whole(1, 512, "Channels of the outermost level; they double inwards."),
  samples: whole(
    2,
    4096,
    "Values that the network says a pixel's signal may have, from the pixels around it.",
  ),
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  // The likelihoods of samples differ by more than halves can tell.
  precision: oneOf(["float32"], "What the network computes with in training: f32."),
  ...blindSpotFields,
  distribution: distributionField,
  inference: oneOf(
    inferences,
    "The mean of the samples: weighted by the likelihood of the noisy value, or alone.",
  ),
  ...protocolFields,
} as const;

/** The fields by record, "" for the outermost. The noise is none: it is measured, not typed. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": shape,
  ...trainingGroups,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...shape,
  ...trainingRecords,
  noise: configuredNoise.exactOptional(),
});

/** What the keys of a configuration may be to each other. */
export function checkConfiguration(configuration: Configuration, refuse: Refuse): void {
  const { depth, crop, regions, maskedPercent, normalization } = configuration;
  checkHalvings({ depth, crop, regions }, refuse);
  checkSchedule(configuration, refuse);
  checkBlindSpots({ maskedPercent, crop }, refuse);
  checkNoiseUnits({ normalization }, refuse);
}
