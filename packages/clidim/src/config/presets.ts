import type { Configuration, PresetName } from "./configuration.js";

const contrastiveIsMissing =
  "The contrastive term of this preset is not available yet: training runs without it (contrastive.mode off).";

/** What all presets share: the published optimiser, dropout and SSIM window, and the discriminator's size at ngf 64. */
const published = {
  ndf: 64,
  dropout: 0.5,
  crop: 256,
  learningRate: 2e-4,
  beta1: 0.5,
  beta2: 0.999,
  ssimWindow: 5,
  contrastive: { mode: "off" },
} as const;

/**
 * Grey values that the noisy data reach in all but 0.2 % of their pixels become -0.8 and 0.8, well inside tanh's range, so that brighter
 * peaks can still be expressed.
 */
const percentiles = { mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 } as const;

/** 1e-4 times the sum over a crop of 256 x 256, whatever the crop. */
const meanTvWeight = 6.5536;

/**
 * - `as-printed`: the values of the paper. - `as-released`: those of the published training command. - `recommended`: the released ones
 * without what depends on the batch or the crop size. - `laptop`: `recommended` at a size that trains in minutes without a GPU.
 */
export const presets: { readonly [P in PresetName]: Configuration } = {
  laptop: {
    ...published,
    preset: "laptop",
    downs: 6,
    ngf: 16,
    ndf: 16,
    crop: 64,
    batch: 16,
    updates: 1500,
    constantRate: 0.5,
    weights: { gan: 1, l1: 100, ssim: 10, tv: meanTvWeight },
    tvReduction: "mean",
    normalization: percentiles,
    notes: [contrastiveIsMissing],
  },
  "as-printed": {
    ...published,
    preset: "as-printed",
    downs: 7,
    ngf: 64,
    batch: 32,
    updates: 10_010,
    constantRate: 0.5,
    weights: { gan: 1, l1: 1, ssim: 10, tv: 1e-4 },
    tvReduction: "sum",
    normalization: { mode: "minmax", scope: "batch" },
    notes: [
      contrastiveIsMissing,
      "The paper counts 500 + 500 epochs; updates is what they come to for 300 training images.",
      "Training normalises each batch by its own minimum and maximum, so denoise with the image's own range (--normalization image).",
    ],
  },
  "as-released": {
    ...published,
    preset: "as-released",
    downs: 8,
    ngf: 64,
    batch: 128,
    updates: 2403,
    constantRate: 0.624,
    weights: { gan: 1, l1: 100, ssim: 10, tv: 1e-4 },
    tvReduction: "sum",
    normalization: { mode: "minmax", scope: "batch" },
    notes: [
      contrastiveIsMissing,
      "The released command counts 500 + 300 epochs; updates is what they come to for 300 training images.",
      "Training normalises each batch by its own minimum and maximum, so denoise with the image's own range (--normalization image).",
    ],
  },
  recommended: {
    ...published,
    preset: "recommended",
    downs: 8,
    ngf: 64,
    batch: 32,
    updates: 10_000,
    constantRate: 0.5,
    weights: { gan: 1, l1: 100, ssim: 10, tv: meanTvWeight },
    tvReduction: "mean",
    normalization: percentiles,
    notes: [
      contrastiveIsMissing,
      "Weights, gradients and optimiser take 0.9 GB and the activations more; on a small GPU use ngf 32.",
    ],
  },
};
