import type { Changes } from "@clidim/denoise";
import { protocolDefaults } from "../training/trainingFields.js";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing: the defaults of the package n2v (0.3) in 2-D. */
export const defaults: Omit<Configuration, "preset"> = {
  network: "n2v",
  depth: 2,
  filters: 32,
  kernel: 5,
  crop: 64,
  batch: 16,
  updates: 40_000,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 4e-4,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.999,
  loss: "mae",
  maskedPercent: 1.5,
  manipulator: "uniform_withCP",
  radius: 5,
  structAxis: "none",
  structSpan: 11,
  hiddenPercent: 5,
  normalization: { mode: "standard" },
  ...protocolDefaults,
};

/** As the package has it: Keras lowers the rate after the tenth bad epoch, of 400 updates, and not one later. */
const packageSchedule = {
  schedule: "plateau",
  plateau: { factor: 0.5, patience: 9, epoch: 400 },
  guard: false,
} as const;

const scheduleNote =
  "As in the package, the learning rate is halved where ten epochs of 400 updates have brought nothing better on what is held out.";

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  n2v: "To compare with Noise2Void as its package has it: a training of hours without a GPU.",
  n2v2: "For images in which Noise2Void leaves checkerboards: the network of N2V2, hours without a GPU.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    filters: 16,
    kernel: 3,
    batch: 32,
    updates: 500,
    learningRate: 2e-3,
    loss: "mse",
    maskedPercent: 6.25,
    manipulator: "uniform_withoutCP",
    notes: [
      "Half the package's channels and twice its crops per update: on few updates the statistics of the batch norms matter more than the size of the network.",
      "Squared differences, as the mean of noise is that of the clean image and its median need not be.",
    ],
  },
  n2v: { ...packageSchedule, notes: [scheduleNote] },
  n2v2: { ...packageSchedule, network: "n2v2", manipulator: "median", notes: [scheduleNote] },
};
