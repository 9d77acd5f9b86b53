import { overlappingRegions, type RegionName, regionNames } from "@clidim/imaging";
import { z } from "zod";
import { listOf, nameOrNone, oneOf, oneOfNumbers, onOff, real, record, whole } from "./fields.js";

/** How grey values become network values; the options of `fitNormalization`. */
export type NormalizationChoice =
  /** Percentiles `low` and `high` of the noisy training data go to -bound and +bound; nothing is clipped. */
  | { readonly mode: "percentile"; readonly low: number; readonly high: number; readonly bound: number }
  /** Minimum and maximum go to -1 and +1: those of the training data, or anew in each batch, noisy and clean together. */
  | { readonly mode: "minmax"; readonly scope: "data" | "batch" }
  /** The noisy training data get mean 0 and standard deviation 1. */
  | { readonly mode: "standard" };

const groundTruths = ["all", "shots", "leave-one-out"] as const;
/** Where averaged clean images come from, see `RunConfiguration`. */
export type GroundTruth = (typeof groundTruths)[number];

const splitUnits = ["auto", "scenes", "frames", "regions"] as const;
/** "auto": scenes where there are at least two, else frames. "regions": a strip of every image, at its lower or right end. */
export type SplitUnit = (typeof splitUnits)[number];

const selections = ["last", "validation", "as-released"] as const;
/** The last update's model, the best one on what is held out, or the best one on the test set, as some published code does it. */
export type Selection = (typeof selections)[number];

const precisions = ["float32", "mixed"] as const;
export type Precision = (typeof precisions)[number];

const schedules = ["linear", "cosine"] as const;
/** How a learning rate falls: in a straight line; by half a cosine wave, slowly at first and at the end (Loshchilov and Hutter 2017); or, as PyTorch's ReduceLROnPlateau lowers it, where the validation gets no better. */
export type Schedule = (typeof schedules)[number] | "plateau";

/** When the schedule "plateau" lowers the learning rate: where more than `patience` validations in a row were no better than the best before them. */
export type Plateau = {
  /** What the learning rate is multiplied by. */
  readonly factor: number;
  /** Validations in a row that are borne with. */
  readonly patience: number;
  /** Updates between two validations. */
  readonly epoch: number;
};

/** What a configuration holds whatever the method: what the protocol itself looks at. Plain data. */
export type RunConfiguration = {
  /** The preset that the other values were taken from. */
  readonly preset: string;
  /** Side of the square training crops, in pixels. */
  readonly crop: number;
  /** Crops per update. */
  readonly batch: number;
  /** Length of the training. */
  readonly updates: number;
  /**
   * "mixed": the networks are trained with f16 activations and operands; parameters, sums, norms and losses are f32. Needs an adapter with shader-f16. "float32": everything
   * is f32. Trained models are the same in kind, and are applied in f32.
   */
  readonly precision: Precision;
  readonly normalization: NormalizationChoice;
  /** Noisy pages to train on, evenly spread over the scenes; 0: all. */
  readonly shots: number;
  /**
   * Where averaged clean images come from. "all": the mean of all pages, as published, whatever `shots` is. "shots": the mean of the pages that `shots` leaves. "leave-one-out": the
   * same without the page itself. Methods that need no clean images have no such key.
   */
  readonly groundTruth?: GroundTruth;
  /** Parts of every image to train on; none: the whole image. */
  readonly regions: readonly RegionName[];
  /** What is held out for validation. */
  readonly split: SplitUnit;
  /** Which update's model is kept. */
  readonly selection: Selection;
  /** Whether a training whose validation falls goes back to its best state, and on from there in another way. */
  readonly guard: boolean;
  /** Of methods that train with one. */
  readonly learningRate?: number;
  /** Of methods whose learning rate falls. "plateau" is the training loop's to carry out, with the record `plateau`. */
  readonly schedule?: Schedule;
  readonly plateau?: Plateau;
  /** Fits, after the training, the gain and offset that give the results the light that they should have. Methods without such a key do not. */
  readonly calibrateFlux?: boolean;
  /** How many captures of a scene a network sees at once, as its input channels. Methods without such a key: 1. */
  readonly frames?: number;
  /** Whether a network sees, beside the image, what the standard deviation of the noise of each pixel is. Methods without such a key: no. */
  readonly noiseLevelMap?: boolean;
  /** In how many orientations a trained model sees each page, the mean of which is the result (see `orientationsOf`: 8 are 4 where the noise has an axis). Methods without such a key: 1. */
  readonly orientations?: 1 | 8;
  /** The name of a method without training whose results those of the model are a mean with, by a weight that is fitted after the training (see `withBlend`); "none": no such mean. Methods without such a key: none. */
  readonly blend?: string;
  /** What a user of this preset should know, in sentences. */
  readonly notes: readonly string[];
};

/** How many captures a network sees at once. */
export const framesOf = ({ frames = 1 }: Pick<RunConfiguration, "frames">): number => frames;

/** Values of each pixel that a network is given: captures, and the level of their noise. */
export const inputChannels = (configuration: Pick<RunConfiguration, "frames" | "noiseLevelMap">): number =>
  framesOf(configuration) + (configuration.noiseLevelMap ? 1 : 0);

const percentileShape = {
  mode: z.literal("percentile"),
  low: real(0, 49, "Percentile of the noisy training data that goes to -bound."),
  high: real(51, 100, "Percentile of the noisy training data that goes to +bound."),
  bound: real(0.1, 1, "Network value of the percentiles."),
};
const minmaxShape = {
  mode: z.literal("minmax"),
  scope: oneOf(["data", "batch"], "Whose minimum and maximum: those of the training data, or of each batch."),
};
const standardShape = { mode: z.literal("standard") };

/** The keys of `normalization`, to be listed. */
export const normalizationFields: Readonly<Record<string, z.ZodType>> = {
  mode: oneOf(["percentile", "minmax", "standard"], "How grey values become network values."),
  low: percentileShape.low,
  high: percentileShape.high,
  bound: percentileShape.bound,
  scope: minmaxShape.scope,
};

/** The schema of the key `normalization`. */
export const normalizationChoice: z.ZodType<NormalizationChoice> = z.discriminatedUnion(
  "mode",
  [record(percentileShape), record(minmaxShape), record(standardShape)],
  { error: "a record with the mode percentile, minmax or standard" },
);

/** The schema of the key `notes`. */
export const notes: z.ZodType<readonly string[]> = z.array(z.string({ error: "a sentence" }), {
  error: "a list of sentences",
});

/** The key `crop`; `multiple` says of what it is one: "a multiple of 8". */
export const cropField = (smallest: number, multiple: string): z.ZodType<number> =>
  whole(smallest, 4096, `Side of the training crops in pixels, ${multiple}.`);

/** Schemas by key. */
type RunFields = {
  readonly [K in
    | "batch"
    | "updates"
    | "precision"
    | "shots"
    | "regions"
    | "split"
    | "selection"
    | "guard"]: z.ZodType<RunConfiguration[K]>;
} & {
  readonly groundTruth: z.ZodType<GroundTruth>;
  readonly calibrateFlux: z.ZodType<boolean>;
  readonly orientations: z.ZodType<1 | 8>;
  readonly blend: z.ZodType<string>;
  readonly frames: z.ZodType<number>;
  readonly noiseLevelMap: z.ZodType<boolean>;
};

/** The keys that mean the same in every method. A method arranges them among its own. */
export const runFields: RunFields = {
  batch: whole(1, 4096, "Crops per update."),
  updates: whole(1, 16_000_000, "Length of the training."),
  precision: oneOf(
    precisions,
    "What the networks compute with in training: f32, or f16 with f32 sums, weights, norms and losses; mixed needs an adapter with shader-f16.",
  ),
  shots: whole(0, 1_000_000, "Noisy pages to train on, evenly spread over the scenes; 0: all."),
  groundTruth: oneOf(
    groundTruths,
    "Averaged clean images: the mean of all pages, of those that shots leaves, or of these without the page itself.",
  ),
  regions: listOf(regionNames, "Parts of every image to train on; none: the whole image."),
  split: oneOf(
    splitUnits,
    "What is held out: whole scenes, frames of every scene, a strip of every image; auto: scenes where there are two, else frames.",
  ),
  selection: oneOf(
    selections,
    "Which update's model is kept: the last one's, the best on what is held out, or, as released, the best on the test set.",
  ),
  guard: onOff(
    "Go back to the best state when the validation falls by more than 1 dB, and on without what did the harm.",
  ),
  calibrateFlux: onOff(
    "After the training, fits the gain and offset that give results the light of the training images; the model file has them.",
  ),
  orientations: oneOfNumbers(
    [1, 8],
    "Orientations in which a trained model sees each page, the mean of which is the result; 8 costs eight times the work, and is the 4 that keep the axis of noise along rows or columns.",
  ),
  blend: nameOrNone(
    "a method without training",
    "A method whose result on each page is part of the model's: a mean of both, weighted after the training as held-out images with clean ones want it; none: the network alone.",
  ),
  frames: whole(
    1,
    64,
    "Noisy captures of a scene that the network sees at once, as input channels: a stack of n times as many pages gives n results.",
  ),
  noiseLevelMap: onOff(
    "The network also sees the standard deviation of the noise at each pixel, estimated in each page, so that one model serves several exposures.",
  ),
};

/** The keys of `learningRateAt` and Adam, for methods that train by them. */
export const adamFields: {
  readonly [K in "constantRate" | "learningRate" | "beta1" | "beta2"]: z.ZodType<number>;
} & { readonly schedule: z.ZodType<Schedule> } = {
  constantRate: real(0, 1, "Part of the updates with a constant learning rate; it then falls."),
  schedule: oneOf(schedules, "How it falls: in a straight line, or by half a cosine wave."),
  learningRate: real(1e-9, 1, "Adam's learning rate."),
  beta1: real(0, 0.99999, "Adam's decay of the average gradient."),
  beta2: real(0, 0.999999, "Adam's decay of the average square."),
};

/** `schedule` of methods that can leave it to the validation; they have the record `plateau` beside it. */
export const scheduleOrPlateau: z.ZodType<Schedule> = oneOf(
  [...schedules, "plateau"],
  "How it falls: in a straight line, by half a cosine wave, or by the factor of plateau where the validation gets no better.",
);

/** The keys of `plateau`, to be listed. */
export const plateauFields: { readonly [K in keyof Plateau]: z.ZodType<number> } = {
  factor: real(
    0.01,
    0.99,
    "With schedule plateau: what the learning rate is multiplied by; 0.5 where it is not said.",
  ),
  patience: whole(
    0,
    10_000,
    "With schedule plateau: validations in a row without a better one that are borne with, 10 where it is not said; the next one lowers the learning rate.",
  ),
  epoch: whole(1, 1_000_000, "With schedule plateau: updates between two validations."),
};

/** The schema of the key `plateau`: values of its record that are not given are those that published recipes have. */
export const plateauChoice: z.ZodType<Plateau> = record({
  factor: plateauFields.factor.default(0.5),
  patience: plateauFields.patience.default(10),
  epoch: plateauFields.epoch,
});

/** What `schedule`, `plateau` and `guard` may be to each other. */
export function checkSchedule(
  { schedule, plateau, guard }: Pick<RunConfiguration, "schedule" | "plateau" | "guard">,
  refuse: Refuse,
): void {
  if (schedule !== "plateau") return;
  if (!plateau) refuse(["plateau"], "a record with epoch, factor and patience with schedule plateau");
  if (guard) refuse(["guard"], "false with schedule plateau, which the validation steers by itself");
}

/** `selection` of a method that has no clean images to choose by. */
export const selectionWithoutTest: z.ZodType<Selection> = oneOf(
  ["last", "validation"],
  "Which update's model is kept: the last one's, or the best on what is held out.",
);

/** Tells a schema what is wrong: the key's path and what is allowed. */
export type Refuse = (path: string[], allowed: string) => void;

/** What no method's keys may be to each other. */
export function checkRun(
  { crop, regions }: Pick<RunConfiguration, "crop" | "regions">,
  multiple: { readonly of: number; readonly text: string },
  refuse: Refuse,
): void {
  if (crop % multiple.of !== 0) {
    refuse(
      ["crop"],
      `a multiple of ${multiple.text}, such as ${Math.ceil(crop / multiple.of) * multiple.of}`,
    );
  }
  const overlap = overlappingRegions(regions);
  if (overlap) refuse(["regions"], `parts that do not overlap, unlike ${overlap.join(" and ")}`);
}
