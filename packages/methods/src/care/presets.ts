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

/** As the package has it: Keras lowers the rate after the tenth bad epoch, of 400 updates, and not one later. */
const packageSchedule = {
  schedule: "plateau",
  plateau: { factor: 0.5, patience: 9, epoch: 400 },
  guard: false,
} as const;

const packageNotes = [
  "As in the package, the learning rate is halved where ten epochs of 400 updates have brought nothing better; the package goes by its loss on what is held out, here it is the PSNR.",
  "The package normalises each patch by percentiles that it draws, and leaves out most patches of background; here one normalisation holds for all, and crops are taken from everywhere.",
];

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  csbdeep: "To compare with CARE as its package has it: a training of hours without a GPU.",
  probabilistic:
    "For results that say how sure the network is of each pixel: a training of hours without a GPU.",
  ppn2v: "To compare with PN2V as its authors do: a large network, hours without a GPU.",
};

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
  csbdeep: { ...packageSchedule, notes: packageNotes },
  probabilistic: { ...packageSchedule, loss: "laplace", notes: packageNotes },
  ppn2v: {
    network: "ppn2v",
    filters: 64,
    kernel: 3,
    crop: 100,
    batch: 20,
    updates: 1000,
    learningRate: 1e-3,
    schedule: "plateau",
    plateau: { factor: 0.5, patience: 10, epoch: 5 },
    guard: false,
    loss: "mse",
    normalization: { mode: "standard" },
    notes: [
      "What PPN2V's authors compare with: 200 epochs of 5 steps of 20 crops, the learning rate halved where more than ten epochs have brought nothing better. They go by the loss on what is held out, here it is the PSNR.",
      "They sum the gradients of the 20 crops, here they are averaged, which Adam takes back.",
    ],
  },
};
