import type { Changes } from "@clidim/denoise";
import { protocolDefaults } from "../training/trainingFields.js";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing: the published network and training. */
export const defaults: Omit<Configuration, "preset"> = {
  depth: 5,
  filters: 48,
  crop: 256,
  batch: 4,
  updates: 300_000,
  constantRate: 0.7,
  schedule: "cosine",
  learningRate: 3e-4,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.99,
  loss: "mse",
  targets: "others",
  normalization: { mode: "standard" },
  ...protocolDefaults,
};

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  paper: "To compare with the paper, on many captures: hours on a GPU, days without one.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    depth: 3,
    filters: 16,
    crop: 64,
    updates: 2000,
    constantRate: 0,
    learningRate: 1e-3,
    calibrateFlux: true,
    notes: [
      "A third of the published channels and three halvings of five: a size that trains without a GPU.",
    ],
  },
  paper: {
    notes: [
      "The published code lets the learning rate fall by the square of half a cosine wave, here it is the wave itself; it adds new noise to clean photographs in every update, which captures do not allow.",
    ],
  },
};
