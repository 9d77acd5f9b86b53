import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  type GroundTruth,
  odd,
  oneOf,
  type Refuse,
  record,
  runFields,
  whole,
} from "@clidim/denoise";
import { checkHalvings } from "../training/halvings.js";
import {
  optimizationFields,
  smallestCrop,
  type TrainingConfiguration,
  trainingGroups,
  trainingRecords,
} from "../training/trainingFields.js";
import { type NetworkName, networkNames } from "./network.js";

export const presetNames = ["laptop", "csbdeep", "probabilistic", "ppn2v"] as const;
export type PresetName = (typeof presetNames)[number];

export const lossNames = ["mae", "mse", "laplace"] as const;
/** Of the output against the clean image: the mean absolute or squared difference, or `laplaceLoss`, with which the network predicts how far it is off. */
export type LossName = (typeof lossNames)[number];

/** The keys of CARE beside those of every method. Plain data. */
export type Configuration = TrainingConfiguration & {
  readonly preset: PresetName;
  readonly network: NetworkName;
  /** Halvings of the image in the U-Net. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** Side of the convolutions' kernels; network "ppn2v" has 3. */
  readonly kernel: number;
  readonly loss: LossName;
  readonly groundTruth: GroundTruth;
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  network: oneOf(
    networkNames,
    "The image plus CSBDeep's U-Net of it, or the U-Net that PPN2V's authors compare CARE with.",
  ),
  depth: whole(1, 5, "Halvings of the image in the U-Net."),
  filters: whole(1, 512, "Channels of the outermost level; they double inwards."),
  kernel: odd(3, 7, "Side of the convolutions' kernels in pixels; network ppn2v has 3."),
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  loss: oneOf(
    lossNames,
    "Mean absolute or squared difference from the clean image, or Laplace's likelihood, with which the network predicts its uncertainty.",
  ),
  shots: runFields.shots,
  groundTruth: runFields.groundTruth,
  regions: runFields.regions,
  split: runFields.split,
  selection: runFields.selection,
  guard: runFields.guard,
  calibrateFlux: runFields.calibrateFlux,
  orientations: runFields.orientations,
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
  const { network, kernel, depth, crop, regions, loss } = configuration;
  checkHalvings({ depth, crop, regions }, refuse);
  checkSchedule(configuration, refuse);
  if (network === "ppn2v" && kernel !== 3) refuse(["kernel"], "3 with network ppn2v");
  if (network === "ppn2v" && loss === "laplace") {
    refuse(["loss"], "mae, mse with network ppn2v, which predicts no scale");
  }
}
