import {
  type ConfigurationSpace,
  checkSchedule,
  cropField,
  oneOf,
  type Refuse,
  whole,
} from "@clidim/denoise";
import { checkHalvings } from "../training/halvings.js";
import {
  commonTrainingKeys,
  type NoField,
  optimizationFields,
  protocolDefaults,
  protocolFields,
  smallestCrop,
  type TrainingConfiguration,
} from "../training/trainingFields.js";
import type { Annealing } from "./annealing.js";

export const presetNames = ["laptop", "divnoising"] as const;
export type PresetName = (typeof presetNames)[number];

/** The keys that methods which draw have in common. Plain data. */
export type VariationalConfiguration = TrainingConfiguration &
  Annealing & {
    /** Halvings of the image down to the innermost code. */
    readonly depth: number;
    /** Signals that are drawn for a result, which is their mean. */
    readonly samples: number;
  };

/** The keys of the autoencoder with one code beside these. Plain data. */
export type AutoencoderConfiguration = VariationalConfiguration & {
  readonly preset: PresetName;
  /** Channels of the outermost level; they double inwards. */
  readonly filters: number;
  /** Channels of the code. */
  readonly latents: number;
};

type Fields<C, K extends keyof C> = {
  readonly [P in K]: ConfigurationSpace<NonNullable<C[P]>>["schema"];
};

/** The fields of its network, in the order of listings: the first ones. */
export const autoencoderFields: Fields<AutoencoderConfiguration, "preset" | "depth" | "filters" | "latents"> =
  {
    preset: oneOf(presetNames, "Where the values not given come from."),
    depth: whole(1, 5, "Halvings of the image down to the code."),
    filters: whole(1, 512, "Channels of the outermost level; they double inwards."),
    latents: whole(1, 1024, "Channels of the code."),
  };

/** Those that are fields by themselves, without the network's. */
type FieldKey = Exclude<keyof VariationalConfiguration, NoField | "annealedFrom" | "preset" | "depth">;

/** The fields of these keys, in the order of listings: behind the network's. */
export const variationalFields: Fields<VariationalConfiguration, FieldKey> = {
  crop: cropField(smallestCrop, "a multiple of 2^depth"),
  ...optimizationFields,
  // Codes are drawn with exponentials that leave the range of halves.
  precision: oneOf(["float32"], "What the network computes with in training: f32."),
  klAnnealing: whole(
    0,
    16_000_000,
    "Updates in which the weight of the KL divergence rises from 0 to 1 at the start; 0: it is 1 at once. A training whose posterior collapses begins again with it.",
  ),
  samples: whole(1, 4096, "Signals that are drawn for a result, which is their mean."),
  ...protocolFields,
};

/** What holds where a preset says nothing: what DivNoising's code has. */
export const variationalDefaults: Omit<AutoencoderConfiguration, "preset"> = {
  depth: 2,
  filters: 32,
  latents: 64,
  crop: 128,
  batch: 32,
  updates: 687_500,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 1e-3,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.999,
  klAnnealing: 0,
  samples: 1000,
  normalization: { mode: "standard" },
  ...protocolDefaults,
};

/** A training that needs no GPU. */
export const laptopSchedule = {
  updates: 1500,
  constantRate: 0,
  schedule: "cosine",
  learningRate: 2e-3,
  klAnnealing: 100,
  samples: 32,
  calibrateFlux: true,
} as const;

/** A size of the autoencoder that trains without one. */
export const laptopSize = { filters: 16, latents: 32, crop: 64, batch: 8 } as const;

/** What the preset of DivNoising's size does otherwise. */
export const publishedNotes: readonly string[] = [
  "The network and the 22 million crops of DivNoising's authors. They stop where the loss on what is held out no longer falls, and halve the learning rate where it stays; here it falls linearly in the second half.",
];

/** What the values of these keys may be to each other. */
export function checkVariational(configuration: VariationalConfiguration, refuse: Refuse): void {
  checkHalvings(configuration, refuse);
  checkSchedule(configuration, refuse);
}

/** The keys that are asked for most, with a few words for the help. */
export const commonKeys: Readonly<Record<string, string>> = {
  ...commonTrainingKeys,
  samples: "signals that are drawn for a result",
};
