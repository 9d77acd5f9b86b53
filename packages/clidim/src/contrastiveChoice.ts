import { oneOf, onOff, real, record, whole } from "@clidim/denoise";
import type { z } from "zod";
import { type Augmentation, augmentationNames } from "./augment/drawView.js";

/** The names of the modes, see `ContrastiveMode`. */
export const contrastiveModes = ["off", "disc", "pretrain", "joint", "supcon", "patchnce"] as const;

/**
 * Where the contrastive term acts. "disc": on the discriminator, in an update of its own before the adversarial one, as released. "pretrain":
 * on the generator's encoder, before everything else. "joint": on the encoder, as a term of the generator's loss. "supcon": the same with the
 * supervised loss, crops of one place or of one noise level being positives. "patchnce": a term of the generator's loss that ties places of the output to the same
 * places of the input. "off": nowhere.
 */
export type ContrastiveMode = (typeof contrastiveModes)[number];

const contrastiveLosses = ["infonce", "ntxent"] as const;
const projections = ["frozen", "trained", "none"] as const;
const features = ["logits", "penultimate", "bottleneck", "finest"] as const;
const labels = ["scene", "noise"] as const;

/** The contrastive term. Every mode has all members; those that mean nothing in it are not looked at. */
export type ContrastiveChoice = {
  readonly mode: ContrastiveMode;
  readonly weight: number;
  readonly loss: (typeof contrastiveLosses)[number];
  readonly temperature: number;
  readonly l2norm: boolean;
  readonly projection: (typeof projections)[number];
  readonly feature: (typeof features)[number];
  readonly augmentation: Augmentation;
  readonly includeFakes: boolean;
  readonly fraction: number;
  readonly captures: boolean;
  readonly maskOverlap: number;
  readonly labels: (typeof labels)[number];
  readonly noiseBins: number;
  readonly startUpdate: number;
  readonly pretrainUpdates: number;
  readonly layers: number;
  readonly patches: number;
};

/** How many crops of a batch are contrasted. */
export const contrastedRows = (batch: number, fraction: number): number =>
  Math.max(1, Math.round(batch * fraction));

/** How many blocks of the encoder, each of half the side, have places to compare: two pixels a side or more. */
export const mostLayers = (crop: number): number => Math.floor(Math.log2(crop)) - 1;

const updates = 16_000_000;

export const contrastiveShape: {
  readonly [K in keyof ContrastiveChoice]: z.ZodType<ContrastiveChoice[K]>;
} = {
  mode: oneOf(contrastiveModes, "Where the contrastive term acts; off: nowhere."),
  weight: real(0, 1e6, "Factor of the contrastive loss."),
  loss: oneOf(
    contrastiveLosses,
    "infonce: queries against keys; ntxent: every view against all others (disc, pretrain, joint).",
  ),
  temperature: real(1e-3, 1e3, "Similarities are divided by it."),
  l2norm: onOff("Compare directions only: divide embeddings by their lengths."),
  projection: oneOf(
    projections,
    "Two linear layers between features and embeddings: frozen as they start, trained with their own Adam state, or none.",
  ),
  feature: oneOf(
    features,
    "What is contrasted: the discriminator's logits or its last but one layer, averaged over the image (disc); the generator's bottleneck or its finest features, which the result is made of, averaged (pretrain, joint, supcon), or with finest these alone at each place (patchnce).",
  ),
  augmentation: oneOf(
    augmentationNames,
    "How views are drawn. released: mirror, blur, resized crop; unresampled: orientation, whole-pixel shift, exposure, cutout; renoised: these and more noise, after the noise measured in each page.",
  ),
  includeFakes: onOff("Contrast pairs with denoised images as well as those with clean ones (disc)."),
  fraction: real(0.01, 1, "Part of the batch that is contrasted (not patchnce)."),
  captures: onOff("Take the second view from another capture of the same crop (pretrain, joint, supcon)."),
  maskOverlap: real(
    0,
    1,
    "Crops of one scene that share more than this part of their pixels are not negatives of each other; in supcon they are positives. 1: every crop stands for itself.",
  ),
  labels: oneOf(
    labels,
    "What makes crops positives of each other. scene: the same place of one scene, see maskOverlap; noise: a similar noise level, estimated in each page (supcon).",
  ),
  noiseBins: whole(
    2,
    64,
    "Ranges of equal ratio that the noise levels of the training pages are divided into (labels noise).",
  ),
  startUpdate: whole(0, updates, "The term sets in after this many updates (not pretrain)."),
  pretrainUpdates: whole(0, updates, "The first so many of the updates train the encoder alone (pretrain)."),
  layers: whole(
    1,
    10,
    "Blocks of the encoder whose outputs are compared, from the outermost inwards (patchnce without feature finest).",
  ),
  patches: whole(2, 4096, "Places compared per image and block (patchnce)."),
};

export const contrastiveSchema: z.ZodType<ContrastiveChoice> = record(contrastiveShape);

/** The corrected form of the released term: normalised embeddings of the discriminator's last but one layer, a trained head, NT-Xent. */
const corrected: Omit<ContrastiveChoice, "mode"> = {
  weight: 1,
  loss: "ntxent",
  temperature: 0.1,
  l2norm: true,
  projection: "trained",
  feature: "penultimate",
  augmentation: "unresampled",
  includeFakes: true,
  fraction: 1,
  captures: false,
  maskOverlap: 0.5,
  labels: "scene",
  noiseBins: 4,
  startUpdate: 0,
  pretrainUpdates: 1000,
  layers: 4,
  patches: 256,
};

const onEncoder = { ...corrected, feature: "bottleneck" } as const;

/** What a mode comes with where nothing else is said. */
export const contrastiveDefaults: {
  readonly [M in ContrastiveMode]: ContrastiveChoice & { readonly mode: M };
} = {
  off: { mode: "off", ...corrected },
  disc: { mode: "disc", ...corrected },
  pretrain: { mode: "pretrain", ...onEncoder },
  joint: { mode: "joint", ...onEncoder, weight: 0.1 },
  supcon: { mode: "supcon", ...onEncoder, weight: 0.1, temperature: 0.07, captures: true },
  patchnce: { mode: "patchnce", ...onEncoder, temperature: 0.07 },
};

/** The released code's term: InfoNCE of raw products of the logit maps, seen through a frozen random head. */
export const releasedContrastive: ContrastiveChoice = {
  ...contrastiveDefaults.disc,
  loss: "infonce",
  l2norm: false,
  projection: "frozen",
  feature: "logits",
  augmentation: "released",
  maskOverlap: 1,
};

/** The term as it acts: none where its weight is 0, as Adam's averages would move what its gradient of 0 leaves alone. */
export const actingContrast = (contrastive: ContrastiveChoice): ContrastiveChoice =>
  contrastive.weight === 0 ? { ...contrastive, mode: "off" } : contrastive;
