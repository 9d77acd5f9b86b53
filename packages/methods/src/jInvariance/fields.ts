import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  odd,
  oneOf,
  type Refuse,
  whole,
} from "@clidim/denoise";
import { checkHalvings } from "../training/halvings.js";
import {
  type NoField,
  optimizationFields,
  protocolDefaults,
  protocolFields,
  smallestCrop,
  type TrainingConfiguration,
} from "../training/trainingFields.js";
import { type Replacement, replacementNames } from "./gridMask.js";

/** The keys that methods have in common which learn from what the rest of a noisy image says of a set of its pixels. Plain data. */
export type InvariantConfiguration = TrainingConfiguration & {
  /** Halvings of the image in the U-Net. */
  readonly depth: number;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** Side of the convolutions' kernels. */
  readonly kernel: number;
  /** A set has one pixel of each square of so many pixels a side. */
  readonly stride: number;
  readonly replacement: Replacement;
};

/** Those that are fields by themselves, but `preset`. */
type FieldKey = Exclude<keyof InvariantConfiguration, "preset" | NoField>;

/** The fields of these keys but `preset`: those of the network and its training, of the sets, and of every method. */
export const invariantFields: {
  readonly [K in FieldKey]: ConfigurationSpace<NonNullable<InvariantConfiguration[K]>>["schema"];
} = {
  depth: whole(1, 5, "Halvings of the image in the U-Net."),
  filters: whole(1, 512, "Channels of the outermost level; they double inwards."),
  kernel: odd(3, 7, "Side of the convolutions' kernels in pixels."),
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  stride: whole(2, 16, "A set has one pixel of each square of so many pixels a side."),
  replacement: oneOf(
    replacementNames,
    "What the network sees at the pixels of a set: the mean of the eight around each, or 0.",
  ),
  ...protocolFields,
};

/** What holds where a preset says nothing. */
export const invariantDefaults: Omit<InvariantConfiguration, "preset"> = {
  depth: 2,
  filters: 32,
  kernel: 3,
  crop: 64,
  batch: 16,
  updates: 20_000,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 1e-3,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.999,
  stride: 4,
  replacement: "interpolate",
  normalization: { mode: "standard" },
  ...protocolDefaults,
};

/** What the values of these keys may be to each other. */
export function checkInvariant(configuration: InvariantConfiguration, refuse: Refuse): void {
  checkHalvings(configuration, refuse);
  checkSchedule(configuration, refuse);
  const { replacement, normalization } = configuration;
  if (replacement === "zero" && normalization.mode !== "standard") {
    refuse(
      ["replacement"],
      `interpolate with normalization.mode ${normalization.mode}, in whose values 0 is not the mean of the images; or set normalization.mode to standard`,
    );
  }
}

/** A size that trains without a GPU. */
export const laptopSize = {
  depth: 3,
  filters: 16,
  batch: 4,
  updates: 2000,
  constantRate: 0,
  schedule: "cosine",
  learningRate: 1e-3,
  calibrateFlux: true,
} as const;
