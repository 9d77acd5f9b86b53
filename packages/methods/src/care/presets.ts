import type { Changes } from "@clidim/denoise";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing: the defaults of the package CSBDeep in 2-D. */
export const defaults: Omit<Configuration, "preset"> = {
  network: "csbdeep",
  depth: 2,
  filters: 32,
  kernel: 5,
  crop: 128,
  batch: 16,
  updates: 40_000,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 4e-4,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.999,
  loss: "mae",
  normalization: { mode: "percentile", low: 2, high: 99.8, bound: 0.5 },
  shots: 0,
  groundTruth: "all",
  regions: [],
  split: "auto",
  selection: "validation",
  guard: true,
  calibrateFlux: false,
  orientations: 1,
  notes: [],
};

const packageNotes = [
  "The package counts 100 epochs of 400 steps and halves the learning rate where the loss on what is held out stays; here it falls linearly in the second half.",
  "The package normalises each patch by percentiles that it draws, and leaves out most patches of background; here one normalisation holds for all, and crops are taken from everywhere.",
];

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    depth: 3,
    filters: 16,
    kernel: 3,
    crop: 64,
    batch: 4,
    updates: 2000,
    constantRate: 0,
    schedule: "cosine",
    learningRate: 1e-3,
    normalization: { mode: "standard" },
    calibrateFlux: true,
    notes: [
      "Half the package's channels, kernels of 3 x 3 and one halving more: a size that trains without a GPU. Few crops in many updates, and images with a standard deviation of 1, learn faster without norms.",
    ],
  },
  csbdeep: { notes: packageNotes },
  probabilistic: { loss: "laplace", notes: packageNotes },
  ppn2v: {
    network: "ppn2v",
    filters: 64,
    kernel: 3,
    crop: 100,
    batch: 20,
    updates: 1000,
    learningRate: 1e-3,
    loss: "mse",
    normalization: { mode: "standard" },
    notes: [
      "What PPN2V's authors compare with: 200 epochs of 5 steps of 20 crops. They halve the learning rate where the loss on what is held out stays; here it falls linearly in the second half.",
      "They sum the gradients of the 20 crops, here they are averaged, which Adam takes back.",
    ],
  },
};
