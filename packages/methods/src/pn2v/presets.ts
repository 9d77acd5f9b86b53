import type { Changes } from "@clidim/denoise";
import { protocolDefaults } from "../training/trainingFields.js";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing: what PPN2V's code has. */
export const defaults: Omit<Configuration, "preset"> = {
  depth: 2,
  filters: 64,
  samples: 800,
  crop: 100,
  batch: 20,
  updates: 1000,
  constantRate: 0.5,
  schedule: "linear",
  learningRate: 1e-3,
  precision: "float32",
  beta1: 0.9,
  beta2: 0.999,
  maskedPercent: 3.125,
  manipulator: "uniform_withoutCP",
  radius: 2,
  distribution: "auto",
  inference: "mmse",
  normalization: { mode: "standard" },
  ...protocolDefaults,
};

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  ppn2v: "To compare with PN2V as its authors have it: a large network, hours without a GPU.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    filters: 16,
    samples: 128,
    crop: 64,
    batch: 16,
    updates: 600,
    constantRate: 0,
    schedule: "cosine",
    learningRate: 2e-3,
    maskedPercent: 6.25,
    inference: "prior-mean",
    calibrateFlux: true,
    notes: [
      "A quarter of the published channels and 128 of 800 samples: a size that trains without a GPU.",
      "Its results are the mean of the samples alone: after so few updates they are still spread too widely for their likelihoods (inference mmse, as published) to do better.",
    ],
  },
  ppn2v: {
    schedule: "plateau",
    plateau: { factor: 0.5, patience: 10, epoch: 5 },
    guard: false,
    notes: [
      "What PN2V's authors have: 200 epochs of 5 steps of 20 crops, the learning rate halved where more than ten epochs have brought nothing better on what is held out.",
      "They sum the gradients of the 20 crops, here they are averaged, which Adam takes back.",
    ],
  },
};
