import { InputError, overlappingRegions, type RegionName, regionNames } from "@clidim/imaging";
import { z } from "zod";
import { type DiffAugmentPolicy, diffAugmentPolicies } from "../augment/diffAugment.js";
import { type GanLoss, ganLossNames } from "../losses/ganLoss.js";
import { smallestMsSsimSide } from "../losses/msSsim.js";
import { type GeneratorOutput, outputNames, type Upsampling, upsamplingNames } from "../model/generator.js";
import {
  type ContrastiveChoice,
  contrastedRows,
  contrastiveSchema,
  contrastiveShape,
} from "./contrastive.js";
import { listOf, odd, oneOf, onOff, real, record, whole } from "./fields.js";

/** How grey values become network values, from -1 to 1; the options of `fitNormalization`. */
export type NormalizationChoice =
  /** Percentiles `low` and `high` of the noisy training data go to -bound and +bound; nothing is clipped. */
  | { readonly mode: "percentile"; readonly low: number; readonly high: number; readonly bound: number }
  /** Minimum and maximum go to -1 and +1: those of the training data, or anew in each batch, noisy and clean together. */
  | { readonly mode: "minmax"; readonly scope: "data" | "batch" };

export const groundTruths = ["all", "shots", "leave-one-out"] as const;
export type GroundTruth = (typeof groundTruths)[number];

export const splitUnits = ["auto", "scenes", "frames", "regions"] as const;
/** "auto": scenes where there are at least two, else frames. "regions": a strip of every image, at its lower or right end. */
export type SplitUnit = (typeof splitUnits)[number];

export const selections = ["last", "validation", "as-released"] as const;
/** The last update's model, the best one on what is held out, or, as the released code does it, the best one on the test set. */
export type Selection = (typeof selections)[number];

export const precisions = ["float32", "mixed"] as const;
export type Precision = (typeof precisions)[number];

/** Everything that decides what a training run computes, apart from its files and its seed. Plain data; `describeConfiguration` lists it. */
export type Configuration = {
  /** The preset that the other values were taken from. */
  readonly preset: PresetName;
  /** Halvings of the image in the U-Net; image sides are padded to multiples of 2^downs. */
  readonly downs: number;
  /** Channels of the generator's outermost block; they double inwards up to 8 ngf. */
  readonly ngf: number;
  /** Channels of the discriminator's first layer. */
  readonly ndf: number;
  readonly upsampling: Upsampling;
  /** What becomes of the values of the generator's outermost block. */
  readonly output: GeneratorOutput;
  /** Probability that dropout sets an element to zero, in training. */
  readonly dropout: number;
  /** Side of the square training crops, in pixels. */
  readonly crop: number;
  /** Crops per update. */
  readonly batch: number;
  /** Length of the training, in updates of both networks. */
  readonly updates: number;
  /** The part of the updates with a constant learning rate; it then falls linearly towards 0. */
  readonly constantRate: number;
  readonly learningRate: number;
  /**
   * "mixed": the networks are trained with f16 activations and operands; parameters, sums, norms and losses are f32. Needs an adapter with shader-f16. "float32": everything
   * is f32. Trained models are the same in kind, and are applied in f32.
   */
  readonly precision: Precision;
  /** Adam's decay rates. */
  readonly beta1: number;
  readonly beta2: number;
  /** Factors of the terms of the generator's loss. With `gan` 0 there is no discriminator step either. */
  readonly weights: {
    readonly gan: number;
    readonly l1: number;
    readonly ssim: number;
    readonly tv: number;
    readonly msssim: number;
    readonly psnr: number;
  };
  readonly ganLoss: GanLoss;
  /** Factor of the gradient penalty of `ganLoss` wgangp. */
  readonly gradientPenalty: number;
  /** The generator's adversarial term keeps the part max(decay^(update + 1), floor) of the batch, that with the lowest logits. */
  readonly topK: { readonly decay: number; readonly floor: number };
  /** What happens to the images that the discriminator judges, in this order. */
  readonly diffAugment: readonly DiffAugmentPolicy[];
  /** What the L1 term compares the output with. */
  readonly l1Target: "clean" | "noisy";
  /** Side of the SSIM window, in pixels. */
  readonly ssimWindow: number;
  /** Sample instead of population moments in SSIM. */
  readonly ssimUnbiased: boolean;
  /** "sum": over an image, as released; "mean": divided by its pixels, so that the crop does not change the regularisation. */
  readonly tvReduction: "sum" | "mean";
  readonly contrastive: ContrastiveChoice;
  readonly normalization: NormalizationChoice;
  /** Noisy pages to train on, evenly spread over the scenes; 0: all. */
  readonly shots: number;
  /**
   * Where averaged clean images come from. "all": the mean of all pages, as published, whatever `shots` is. "shots": the mean of the pages that `shots` leaves. "leave-one-out": the
   * same without the page itself.
   */
  readonly groundTruth: GroundTruth;
  /** Parts of every image to train on; none: the whole image. */
  readonly regions: readonly RegionName[];
  /** What is held out for validation. */
  readonly split: SplitUnit;
  /** Which update's model is kept. */
  readonly selection: Selection;
  /** What a user of this preset should know, in sentences. */
  readonly notes: readonly string[];
};

export const presetNames = ["laptop", "as-printed", "as-released", "recommended", "mid3a"] as const;
export type PresetName = (typeof presetNames)[number];

/** The discriminator's five 4 x 4 kernels, three of them halving, leave nothing of a smaller patch. */
const smallestCrop = 32;

const weight = (term: string): z.ZodType<number> =>
  real(0, 1e6, `Factor of ${term} in the generator's loss.`);

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

const weightsShape = {
  gan: real(0, 1e6, "Factor of the adversarial term in the generator's loss; 0: no discriminator."),
  l1: weight("mean |output - target|"),
  ssim: weight("DSSIM, (1 - SSIM) / 2"),
  tv: weight("total variation"),
  msssim: weight("(1 - MS-SSIM) / 2"),
  psnr: weight("1 / PSNR"),
} as const;

const topKShape = {
  decay: real(0, 1, "Factor per update of the part of the batch that the adversarial term keeps."),
  floor: real(0.01, 1, "Least part of the batch that it keeps; 1: all of it."),
} as const;

const ownShape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  downs: whole(2, 10, "Halvings of the image in the U-Net."),
  ngf: whole(1, 512, "Channels of the generator's outermost block; they double inwards up to 8 ngf."),
  ndf: whole(1, 512, "Channels of the discriminator's first layer."),
  upsampling: oneOf(upsamplingNames, "How the generator doubles extents."),
  output: oneOf(
    outputNames,
    "Generator's output: tanh of its last values, these, or these plus a learnt filter of the input.",
  ),
  dropout: real(0, 0.99, "Probability that dropout sets an element to zero."),
  crop: whole(smallestCrop, 4096, "Side of the training crops in pixels, a multiple of 2^downs."),
  batch: whole(1, 4096, "Crops per update."),
  updates: whole(1, 16_000_000, "Length of the training."),
  constantRate: real(0, 1, "Part of the updates with a constant learning rate; it then falls linearly."),
  learningRate: real(1e-9, 1, "Adam's learning rate."),
  precision: oneOf(
    precisions,
    "What the networks compute with in training: f32, or f16 with f32 sums, weights, norms and losses; mixed needs an adapter with shader-f16.",
  ),
  beta1: real(0, 0.99999, "Adam's decay of the average gradient."),
  beta2: real(0, 0.999999, "Adam's decay of the average square."),
  ganLoss: oneOf(ganLossNames, "Cross-entropy, squares, or Wasserstein with gradient penalty."),
  gradientPenalty: real(0, 1e6, "Factor of the gradient penalty (ganLoss wgangp)."),
  diffAugment: listOf(diffAugmentPolicies, "Augmentations of what the discriminator judges, in this order."),
  l1Target: oneOf(["clean", "noisy"], "What the L1 term compares the output with."),
  ssimWindow: odd(3, 15, "Side of the SSIM window in pixels."),
  ssimUnbiased: onOff("Sample instead of population moments in SSIM."),
  tvReduction: oneOf(["sum", "mean"], "Total variation summed over the pixels of an image, or their mean."),
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
} as const;

/** The fields by record, "" for the outermost: what `describeConfiguration` lists. */
export const fieldGroups: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  "": ownShape,
  weights: weightsShape,
  topK: topKShape,
  contrastive: contrastiveShape,
  normalization: {
    mode: oneOf(["percentile", "minmax"], "How grey values become network values."),
    low: percentileShape.low,
    high: percentileShape.high,
    bound: percentileShape.bound,
    scope: minmaxShape.scope,
  },
};

/** The schema of a whole configuration. */
export const Configuration: z.ZodType<Configuration> = z
  .strictObject({
    ...ownShape,
    weights: record(weightsShape),
    topK: record(topKShape),
    contrastive: contrastiveSchema,
    normalization: z.discriminatedUnion("mode", [record(percentileShape), record(minmaxShape)], {
      error: "a record with the mode percentile or minmax",
    }),
    notes: z.array(z.string({ error: "a sentence" }), { error: "a list of sentences" }),
  })
  .superRefine(({ downs, crop, batch, weights, contrastive, updates, regions }, context) => {
    const refuse = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    const multiple = 2 ** downs;
    if (crop % multiple !== 0) {
      refuse(
        ["crop"],
        `a multiple of 2^downs = ${multiple}, such as ${Math.ceil(crop / multiple) * multiple}`,
      );
    }
    if (Object.values(weights).every((factor) => factor === 0)) {
      refuse(["weights"], "at least one weight above 0");
    }
    if (weights.msssim > 0 && crop < smallestMsSsimSide()) {
      refuse(
        ["weights", "msssim"],
        `0 for crops below ${smallestMsSsimSide()} pixels, which five scales need`,
      );
    }
    const overlap = overlappingRegions(regions);
    if (overlap) refuse(["regions"], `parts that do not overlap, unlike ${overlap.join(" and ")}`);
    const { mode, feature, layers, pretrainUpdates, startUpdate, fraction, includeFakes } = contrastive;
    const onDiscriminator = feature !== "bottleneck";
    if (mode === "disc" && !onDiscriminator)
      refuse(["contrastive", "feature"], "logits, penultimate in mode disc");
    if (mode === "disc" && weights.gan === 0) {
      refuse(
        ["contrastive", "mode"],
        "any but disc while weights.gan is 0, as there is no discriminator then",
      );
    }
    if ((mode === "pretrain" || mode === "joint" || mode === "supcon") && onDiscriminator) {
      refuse(["contrastive", "feature"], `bottleneck in mode ${mode}`);
    }
    if (mode === "supcon" && contrastive.labels === "noise" && contrastive.augmentation !== "unresampled") {
      refuse(
        ["contrastive", "augmentation"],
        "unresampled while contrastive.labels is noise, as the other views have another noise level than their page",
      );
    }
    const contrasts = mode !== "off" && mode !== "patchnce";
    const samples = contrastedRows(batch, fraction) * (mode === "disc" && includeFakes ? 2 : 1);
    if (contrasts && samples < 2) {
      refuse(
        ["batch"],
        `at least 2 crops to contrast, but contrastive.fraction ${fraction} of the batch is 1, which has no negatives`,
      );
    }
    if (mode !== "off" && mode !== "pretrain" && startUpdate >= updates) {
      refuse(["contrastive", "startUpdate"], `less than updates = ${updates}, or the term never sets in`);
    }
    if (mode === "patchnce" && layers > downs) refuse(["contrastive", "layers"], `at most downs = ${downs}`);
    if (mode === "pretrain" && pretrainUpdates >= updates) {
      refuse(["contrastive", "pretrainUpdates"], `less than updates = ${updates}`);
    }
  });

/** Checks a whole configuration, as read from a file. Throws an `InputError` that names each bad key, its value and what is allowed. */
export function parseConfiguration(value: unknown): Configuration {
  const result = Configuration.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(`configuration: ${explainIssues(value, result.error).join("; ")}`);
}

const show = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value));

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      // Of a record or a list by its key or position.
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );

/** One sentence per problem: the key (as `name` gives it), its value and what is allowed. */
export function explainIssues(
  given: unknown,
  { issues }: z.ZodError,
  name: (path: readonly string[]) => string = (path) => path.join("."),
): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") {
      const subject = path.length === 0 ? "it" : name(path);
      return [`${subject} is ${show(valueAt(given, issue.path))}; allowed: ${issue.message}`];
    }
    const groups = Object.keys(fieldGroups).filter((group) => group !== "");
    const allowed =
      path.length === 0
        ? [...Object.keys(ownShape), ...groups, "notes"]
        : Object.keys(fieldGroups[path.join(".")] ?? {});
    return issue.keys.map((key) => `${name([...path, key])} is not a key; allowed: ${allowed.join(", ")}`);
  });
}
