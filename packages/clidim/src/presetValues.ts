import type { Changes } from "@clidim/denoise";
import { releasedContrastive } from "./contrastiveChoice.js";
import type { Configuration, PresetName } from "./schema.js";

/** 1e-4 times the sum over a crop of 256 x 256, whatever the crop. */
const meanTvWeight = 6.5536;

/**
 * What holds where a preset says nothing: the published network, optimiser and losses, and a normalisation that does not depend on the batch. Grey
 * values that the noisy data reach in all but 0.2 % of their pixels become -0.8 and 0.8, well inside tanh's range, so that brighter
 * peaks can still be expressed.
 */
export const defaults: Omit<Configuration, "preset" | "contrastive"> = {
  network: "pix2pix",
  downs: 8,
  ngf: 64,
  ndf: 64,
  upsampling: "transposed",
  output: "tanh",
  dropout: 0.5,
  crop: 256,
  batch: 32,
  updates: 10_000,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 2e-4,
  precision: "float32",
  beta1: 0.5,
  beta2: 0.999,
  emaDecay: 0,
  gainAugment: 0,
  noiseAugment: 0,
  simulatedNoise: 0,
  weights: { gan: 1, l1: 100, mse: 0, ssim: 10, tv: meanTvWeight, msssim: 0, psnr: 0 },
  ganLoss: "vanilla",
  gradientPenalty: 10,
  r1: 0,
  r1Interval: 1,
  discriminatorRate: 1,
  ganWarmup: 0,
  topK: { decay: 1, floor: 1 },
  diffAugment: [],
  l1Target: "clean",
  ssimWindow: 5,
  ssimUnbiased: false,
  tvReduction: "mean",
  normalization: { mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 },
  frames: 1,
  noiseLevelMap: false,
  shots: 0,
  groundTruth: "all",
  regions: [],
  split: "auto",
  // What is held out is often two pages, which can be best denoised by an update that is decibels worse on others (docs/results.md); where the last one has fallen back, the guard keeps the best.
  selection: "last",
  guard: true,
  calibrateFlux: false,
  orientations: 1,
  blend: "none",
  notes: [],
};

const summedTv = { weights: { tv: 1e-4 }, tvReduction: "sum" } as const;
const perBatch = { normalization: { mode: "minmax", scope: "batch" } } as const;
const filteredNote =
  "The generator's output is the image through a learnt filter plus the U-Net's values, where the paper has tanh of these values: peaks do not saturate, and " +
  "the finest noise needs no path through the strides. output tanh is the paper's.";
const pixelwiseNote =
  "No discriminator and no contrastive or structural term: differences of pixels alone, which are what reaches the highest PSNR and SSIM on the data at hand. Preset laptop is the paper's GAN with its structural terms.";
const perBatchNote =
  "Training normalises each batch by its own minimum and maximum, so denoise with the image's own range (normalization image).";

/**
 * Without it the discriminator begins to learn late in a training, and the generator falls back by a decibel and more within some hundred updates; with it the validation rises to the end
 * (docs/results.md). Every fourth update is often enough.
 */
const tamed = { r1: 0.1, r1Interval: 4 } as const;

/** A `unet` from pixel-wise terms alone, which do better on few updates than the whole method does (docs/results.md). */
const pixelwise = {
  network: "unet",
  downs: 3,
  output: "filtered",
  dropout: 0,
  crop: 64,
  batch: 4,
  constantRate: 0,
  schedule: "cosine",
  learningRate: 2e-3,
  beta1: 0.9,
  beta2: 0.99,
  emaDecay: 0.99,
  weights: { gan: 0, l1: 1, mse: 1, ssim: 0, tv: 0 },
  normalization: { mode: "standard" },
  contrastive: { mode: "off" },
  calibrateFlux: true,
  // A page costs less than BM3D takes for it, also without a GPU.
  orientations: 8,
  // It errs otherwise than the network does, which is worth some hundredths of a decibel (docs/results.md).
  blend: "bm3d",
} as const;

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  quick: "A good result soon, from differences of pixels alone: some minutes without a GPU.",
  best: "The best result in PSNR and SSIM: about an hour and a half without a GPU.",
  laptop: "The paper's method with its discriminator, in small: some minutes without a GPU.",
  "as-printed": "To repeat what the paper prints: wants a GPU, days without one.",
  "as-released": "To repeat the authors' published command: wants a GPU, days without one.",
  recommended:
    "The paper's method with the contrastive term, which helped on none of our data: wants a GPU, days without one.",
  mid3a: "To compare with the authors' earlier method: wants a GPU, days without one.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  quick: { ...pixelwise, ngf: 32, updates: 4000, notes: [pixelwiseNote] },
  best: { ...pixelwise, ngf: 48, updates: 20_000, notes: [pixelwiseNote] },
  laptop: {
    downs: 6,
    ngf: 16,
    ndf: 16,
    crop: 64,
    batch: 16,
    updates: 1500,
    output: "filtered",
    learningRate: 2e-3,
    emaDecay: 0.99,
    ...tamed,
    contrastive: { mode: "off" },
    calibrateFlux: true,
    notes: [
      filteredNote,
      "The learning rate is ten times the paper's, as the training is some ten times shorter.",
      "The contrastive term is off in this preset, as it makes an update take nearly twice as long; contrastive.mode disc turns it on.",
    ],
  },
  "as-printed": {
    ...perBatch,
    ...summedTv,
    downs: 7,
    updates: 10_010,
    weights: { l1: 1, ...summedTv.weights },
    contrastive: { mode: "pretrain", augmentation: "released", fraction: 0.5, maskOverlap: 1 },
    notes: [
      'The paper does not say where its contrastive loss acts. This preset takes it by the words "training a denoiser on top of the learned embeddings": ' +
        "the encoder is trained first, for 1000 of the updates, a number of ours.",
      "The paper counts 500 + 500 epochs; updates is what they come to for 300 training images.",
      perBatchNote,
    ],
  },
  "as-released": {
    ...perBatch,
    ...summedTv,
    batch: 128,
    selection: "as-released",
    // It would look at the test set.
    guard: false,
    updates: 2403,
    constantRate: 0.624,
    contrastive: releasedContrastive,
    notes: [
      "The released command counts 500 + 300 epochs; updates is what they come to for 300 training images.",
      perBatchNote,
    ],
  },
  recommended: {
    output: "filtered",
    emaDecay: 0.999,
    ...tamed,
    contrastive: { mode: "disc" },
    calibrateFlux: true,
    notes: [
      filteredNote,
      "Weights, gradients and optimiser take 0.9 GB and the activations more; on a small GPU use ngf 32.",
    ],
  },
  mid3a: {
    upsampling: "bilinear",
    weights: { msssim: 10 },
    diffAugment: ["brightness", "contrast", "translation", "cutout"],
    contrastive: { mode: "off" },
    notes: [
      "MID3A's own code is not public: this is what the options of CLIDiM's code say of it (DiffAugment, structure losses, bilinear upsampling), with weights of ours.",
      "DiffAugment's saturation is left out, as it would mix the noisy image with the one to judge.",
    ],
  },
};
