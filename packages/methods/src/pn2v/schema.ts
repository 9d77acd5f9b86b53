import {
  type ConfigurationSpace,
  checkRun,
  cropField,
  normalizationChoice,
  normalizationFields,
  notes,
  oneOf,
  real,
  record,
  whole,
} from "@clidim/denoise";
import { boxOf } from "../blindSpots/blindSpots.js";
import { type Manipulator, manipulatorNames } from "../blindSpots/manipulators.js";
import {
  type ConfiguredNoise,
  configuredNoise,
  type Distribution,
  distributionNames,
} from "../noiseLikelihood/configuredNoise.js";
import {
  optimizationFields,
  protocolFields,
  type TrainingConfiguration,
} from "../training/trainingFields.js";

export const presetNames = ["laptop", "ppn2v"] as const;
export type PresetName = (typeof presetNames)[number];

const inferences = ["mmse", "prior-mean"] as const;

/** The keys of PN2V beside those of every method. Plain data. */
export type Configuration = TrainingConfiguration & {
  readonly preset: PresetName;
  /** Halvings of the image in the U-Net. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** What the network says of each pixel: so many values that the signal may have, equally probable by what the pixels around it say. */
  readonly samples: number;
  /** Part of the pixels that are blind spots, in per cent: one in each box of round(sqrt(100 / maskedPercent)) pixels a side. */
  readonly maskedPercent: number;
  readonly manipulator: Manipulator;
  /** Radius in pixels of the windows that the values at the blind spots come from. */
  readonly radius: number;
  readonly distribution: Distribution;
  /** "mmse": the mean of the samples, weighted by how likely they make the noisy value. "prior-mean": the mean alone, to which the pixel's own value adds nothing. */
  readonly inference: (typeof inferences)[number];
  /** The noise, which `prepare` decides. */
  readonly noise?: ConfiguredNoise;
};

/** Below, most windows and the network's field of view end at the border. */
export const smallestCrop = 16;

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
  maskedPercent: real(0.01, 25, "Part of the pixels that are blind spots, in per cent."),
  manipulator: oneOf(manipulatorNames, "What the network sees at a blind spot."),
  radius: whole(1, 16, "Radius in pixels of the windows that these values come from."),
  distribution: oneOf(
    distributionNames,
    "Distribution of the noise: the mixture or the histogram that was measured, or a normal one whose variance grows with the signal; auto: the mixture where there is one.",
  ),
  inference: oneOf(
    inferences,
    "The mean of the samples: weighted by the likelihood of the noisy value, or alone.",
  ),
  ...protocolFields,
} as const;

/** The fields by record, "" for the outermost. The noise is none: it is measured, not typed. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": shape,
  normalization: normalizationFields,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...shape,
  normalization: normalizationChoice,
  notes,
  noise: configuredNoise.exactOptional(),
}).superRefine(({ depth, crop, regions, maskedPercent, normalization }, context) => {
  const refuse = (path: string[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  const multiple = 2 ** depth;
  checkRun({ crop, regions }, { of: multiple, text: `2^depth = ${multiple}` }, refuse);
  if (boxOf(maskedPercent) > crop) {
    refuse(["maskedPercent"], `at least ${(100 / crop ** 2).toPrecision(2)}, one pixel of a crop`);
  }
  if (normalization.mode === "minmax" && normalization.scope === "batch") {
    refuse(["normalization", "scope"], "data, as the noise model has the grey values of all images");
  }
});
