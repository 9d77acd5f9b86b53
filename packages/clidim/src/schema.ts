import {
  adamFields,
  cropField,
  type GroundTruth,
  listOf,
  normalizationChoice,
  normalizationFields,
  notes,
  odd,
  oneOf,
  onOff,
  type RunConfiguration,
  real,
  record,
  runFields,
  type Schedule,
  whole,
} from "@clidim/denoise";
import { z } from "zod";
import { type DiffAugmentPolicy, diffAugmentPolicies } from "./augment/diffAugment.js";
import { type ContrastiveChoice, contrastiveSchema, contrastiveShape } from "./contrastiveChoice.js";
import { type GanLoss, ganLossNames } from "./losses/ganLoss.js";
import { type GeneratorOutput, outputNames } from "./networks/generatorOutput.js";
import { type NetworkName, networkNames } from "./networks/networkName.js";
import { type Upsampling, upsamplingNames } from "./networks/upsampling.js";

/** Everything that decides what a training run computes, apart from its files and its seed. Plain data; `describeConfiguration` lists it. */
export type Configuration = RunConfiguration & {
  readonly preset: PresetName;
  readonly groundTruth: GroundTruth;
  readonly network: NetworkName;
  /** Halvings of the image in the U-Net; image sides are padded to multiples of 2^downs. */
  readonly downs: number;
  /** Channels of the generator's outermost block; inwards they double, up to 8 ngf in pix2pix, or, in unet, grow by ngf. */
  readonly ngf: number;
  /** Channels of the discriminator's first layer. */
  readonly ndf: number;
  readonly upsampling: Upsampling;
  /** What becomes of the values of the generator's outermost block. */
  readonly output: GeneratorOutput;
  /** Probability that dropout sets an element to zero, in training. */
  readonly dropout: number;
  /** The part of the updates with a constant learning rate; it then falls towards 0 as `schedule` says. */
  readonly constantRate: number;
  readonly schedule: Schedule;
  readonly learningRate: number;
  /** Adam's decay rates. */
  readonly beta1: number;
  readonly beta2: number;
  /** Of the moving average of the generator, which is what is validated, kept and applied; 0: the generator itself. */
  readonly emaDecay: number;
  /** Largest change of the brightness of training crops, as a factor less 1; noisy and clean ones alike. 0: none. */
  readonly gainAugment: number;
  /** By how much the variance of the noise of training crops is raised at most, as a factor less 1. 0: not. */
  readonly noiseAugment: number;
  /** The part of the crops whose noise is drawn, on the clean image, rather than that of a capture. */
  readonly simulatedNoise: number;
  /** Factors of the terms of the generator's loss. With `gan` 0 there is no discriminator step either. */
  readonly weights: {
    readonly gan: number;
    readonly l1: number;
    readonly mse: number;
    readonly ssim: number;
    readonly tv: number;
    readonly msssim: number;
    readonly psnr: number;
  };
  readonly ganLoss: GanLoss;
  /** Factor of the gradient penalty of `ganLoss` wgangp. */
  readonly gradientPenalty: number;
  /** Twice the factor of the gradient penalty at real images, with any `ganLoss`. */
  readonly r1: number;
  /** The penalty is computed in every so many-th update, and is so many times as large there. */
  readonly r1Interval: number;
  /** The discriminator's learning rate in parts of the generator's. */
  readonly discriminatorRate: number;
  /** The part of the updates over which the adversarial term's factor rises from 0. */
  readonly ganWarmup: number;
  /** The generator's adversarial term keeps the part max(decay^(update + 1), floor) of the batch, that with the lowest logits. */
  readonly topK: { readonly decay: number; readonly floor: number };
  /** What happens to the images that the discriminator judges, in this order. */
  readonly diffAugment: readonly DiffAugmentPolicy[];
  /** What the L1 and the squared term compare the output with. */
  readonly l1Target: "clean" | "noisy";
  /** Side of the SSIM window, in pixels. */
  readonly ssimWindow: number;
  /** Sample instead of population moments in SSIM. */
  readonly ssimUnbiased: boolean;
  /** "sum": over an image, as released; "mean": divided by its pixels, so that the crop does not change the regularisation. */
  readonly tvReduction: "sum" | "mean";
  readonly contrastive: ContrastiveChoice;
  readonly calibrateFlux: boolean;
  readonly orientations: 1 | 8;
  /** "none", or the name of a method without training. */
  readonly blend: string;
  /** Input channels of the generator: captures of the scene, in any order. */
  readonly frames: number;
  /** Whether a further input channel says what noise each pixel has. */
  readonly noiseLevelMap: boolean;
};

/** The first is the default; see `presets`. */
export const presetNames = [
  "quick",
  "best",
  "laptop",
  "as-printed",
  "as-released",
  "recommended",
  "mid3a",
] as const;
/** The name of a preset of CLIDiM. */
export type PresetName = (typeof presetNames)[number];

/** The discriminator's five 4 x 4 kernels, three of them halving, leave nothing of a smaller patch. */
export const smallestCrop = 32;

const weight = (term: string): z.ZodType<number> =>
  real(0, 1e6, `Factor of ${term} in the generator's loss.`);

const weightsShape = {
  gan: real(0, 1e6, "Factor of the adversarial term in the generator's loss; 0: no discriminator."),
  l1: weight("mean |output - target|"),
  mse: weight("mean (output - clean)^2"),
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
  network: oneOf(
    networkNames,
    "The generator: the paper's, a U-Net at half resolution without norms and dropout, or one of NAFNet's blocks.",
  ),
  downs: whole(2, 10, "Halvings of the image in the U-Net."),
  ngf: whole(
    1,
    512,
    "Channels of the generator's outermost block; they double inwards, up to 8 ngf (nafnet: without end; unet: grow by ngf).",
  ),
  ndf: whole(1, 512, "Channels of the discriminator's first layer."),
  upsampling: oneOf(upsamplingNames, "How the generator doubles extents."),
  output: oneOf(
    outputNames,
    "Generator's output: tanh of its last values, these, or these plus a learnt filter of the input.",
  ),
  dropout: real(0, 0.99, "Probability that dropout sets an element to zero."),
  crop: cropField(smallestCrop, "a multiple of 2^downs"),
  batch: runFields.batch,
  updates: runFields.updates,
  constantRate: adamFields.constantRate,
  schedule: adamFields.schedule,
  learningRate: adamFields.learningRate,
  precision: runFields.precision,
  beta1: adamFields.beta1,
  beta2: adamFields.beta2,
  emaDecay: real(
    0,
    0.999999,
    "Decay of the moving average of the generator, which is what is validated and kept; 0: the generator itself.",
  ),
  gainAugment: real(
    0,
    4,
    "Training crops as under other exposures: the largest factor, less 1, by which noisy and clean ones are brighter or darker; 0: none. Above 0 it wants another normalization.mode than standard.",
  ),
  noiseAugment: real(
    0,
    63,
    "Training crops as of shorter exposures: the largest factor, less 1, by which the variance of their noise is raised; 0: none.",
  ),
  simulatedNoise: real(
    0,
    1,
    "Part of the training crops that are the clean image with noise drawn after the page's, in place of a capture.",
  ),
  ganLoss: oneOf(ganLossNames, "Cross-entropy, squares, or Wasserstein with gradient penalty."),
  gradientPenalty: real(0, 1e6, "Factor of the gradient penalty (ganLoss wgangp)."),
  r1: real(
    0,
    1e6,
    "Factor of half the squared gradient of the discriminator at real images, in its own loss; 0: none.",
  ),
  r1Interval: whole(
    1,
    1000,
    "The penalty r1 is part of every so many-th update alone, and so many times as large there.",
  ),
  discriminatorRate: real(1e-6, 100, "Discriminator's learning rate in parts of the generator's."),
  ganWarmup: real(0, 1, "Part of the updates over which weights.gan rises from 0; 0: it is there at once."),
  diffAugment: listOf(diffAugmentPolicies, "Augmentations of what the discriminator judges, in this order."),
  l1Target: oneOf(
    ["clean", "noisy"],
    "What the L1 term compares the output with; all others compare it with the clean image.",
  ),
  ssimWindow: odd(3, 15, "Side of the SSIM window in pixels."),
  ssimUnbiased: onOff("Sample instead of population moments in SSIM."),
  tvReduction: oneOf(["sum", "mean"], "Total variation summed over the pixels of an image, or their mean."),
  frames: runFields.frames,
  noiseLevelMap: runFields.noiseLevelMap,
  shots: runFields.shots,
  groundTruth: runFields.groundTruth,
  regions: runFields.regions,
  split: runFields.split,
  selection: runFields.selection,
  guard: runFields.guard,
  calibrateFlux: runFields.calibrateFlux,
  orientations: runFields.orientations,
  blend: runFields.blend,
} as const;

/** The fields by record, "" for the outermost: what `describeConfiguration` lists. */
export const fieldGroups: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  "": ownShape,
  weights: weightsShape,
  topK: topKShape,
  contrastive: contrastiveShape,
  normalization: normalizationFields,
};

/** The schema of a whole configuration. */
export const Configuration: z.ZodType<Configuration> = z.strictObject({
  ...ownShape,
  // Files of before do not have these.
  network: ownShape.network.default("pix2pix"),
  schedule: ownShape.schedule.default("linear"),
  emaDecay: ownShape.emaDecay.default(0),
  gainAugment: ownShape.gainAugment.default(0),
  noiseAugment: ownShape.noiseAugment.default(0),
  simulatedNoise: ownShape.simulatedNoise.default(0),
  r1: ownShape.r1.default(0),
  r1Interval: ownShape.r1Interval.default(1),
  discriminatorRate: ownShape.discriminatorRate.default(1),
  ganWarmup: ownShape.ganWarmup.default(0),
  frames: ownShape.frames.default(1),
  noiseLevelMap: ownShape.noiseLevelMap.default(false),
  guard: ownShape.guard.default(false),
  calibrateFlux: ownShape.calibrateFlux.default(false),
  orientations: ownShape.orientations.default(1),
  blend: ownShape.blend.default("none"),
  weights: record({ ...weightsShape, mse: weightsShape.mse.default(0) }),
  topK: record(topKShape),
  contrastive: contrastiveSchema,
  normalization: normalizationChoice,
  notes,
});
