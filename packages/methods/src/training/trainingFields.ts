import {
  adamFields,
  type ConfigurationSpace,
  normalizationChoice,
  normalizationFields,
  notes,
  plateauChoice,
  plateauFields,
  type RunConfiguration,
  runFields,
  type Schedule,
  scheduleOrPlateau,
  selectionWithoutTest,
} from "@clidim/denoise";

/** The keys that the methods here have in common beside those of every method: how Adam trains a network, and what becomes of its results. Plain data. */
export type TrainingConfiguration = RunConfiguration & {
  /** The part of the updates with a constant learning rate; it then falls towards 0 as `schedule` says. Nothing with the schedule "plateau". */
  readonly constantRate: number;
  readonly schedule: Schedule;
  readonly learningRate: number;
  /** Adam's decay rates. */
  readonly beta1: number;
  readonly beta2: number;
  readonly calibrateFlux: boolean;
  readonly orientations: 1 | 8;
};

type Fields<K extends keyof TrainingConfiguration> = {
  readonly [P in K]: ConfigurationSpace<TrainingConfiguration[P]>["schema"];
};

/** The fields of a training, in the order of listings; those of the crop come before them. */
export const optimizationFields: Fields<
  "batch" | "updates" | "constantRate" | "schedule" | "learningRate" | "precision" | "beta1" | "beta2"
> = {
  batch: runFields.batch,
  updates: runFields.updates,
  constantRate: adamFields.constantRate,
  schedule: scheduleOrPlateau,
  learningRate: adamFields.learningRate,
  precision: runFields.precision,
  beta1: adamFields.beta1,
  beta2: adamFields.beta2,
};

/** The fields of the images, of the model that is kept, and of its results, in the order of listings: the last ones. Of methods that are not told of a test set. */
export const protocolFields: Fields<
  "shots" | "regions" | "split" | "selection" | "guard" | "calibrateFlux" | "orientations"
> = {
  shots: runFields.shots,
  regions: runFields.regions,
  split: runFields.split,
  selection: selectionWithoutTest,
  guard: runFields.guard,
  calibrateFlux: runFields.calibrateFlux,
  orientations: runFields.orientations,
};

/** What of `protocolFields` and the notes holds where a preset says nothing: the last defaults. */
export const protocolDefaults = {
  shots: 0,
  regions: [],
  split: "auto",
  selection: "validation",
  guard: true,
  calibrateFlux: false,
  orientations: 1,
  notes: [],
} as const;

/** What the schema of a configuration has beside its fields. */
export const trainingRecords: {
  readonly normalization: typeof normalizationChoice;
  readonly plateau: ReturnType<typeof plateauChoice.exactOptional>;
  readonly notes: typeof notes;
} = { normalization: normalizationChoice, plateau: plateauChoice.exactOptional(), notes };

/** The fields of these records, as groups. */
export const trainingGroups: {
  readonly normalization: typeof normalizationFields;
  readonly plateau: typeof plateauFields;
} = { normalization: normalizationFields, plateau: plateauFields };

/** Keys of `TrainingConfiguration` that are no fields by themselves, or none of these methods. */
export type NoField =
  | "normalization"
  | "plateau"
  | "notes"
  | "groundTruth"
  | "frames"
  | "noiseLevelMap"
  | "blend";

/** Sides of training crops, pixels: below, most of a network's field of view ends at the border, and most windows around hidden pixels do. */
export const smallestCrop = 16;

/** The keys of such a training that are asked for most, with a few words for the help. */
export const commonTrainingKeys: Readonly<Record<"updates" | "batch" | "crop" | "filters", string>> = {
  updates: "length of the training",
  batch: "crops per update",
  crop: "side of the training crops in pixels",
  filters: "channels of the outermost level of the network",
};
