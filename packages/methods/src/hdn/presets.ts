import type { Changes } from "@clidim/denoise";
import { laptopSchedule, variationalDefaults } from "../variational/fields.js";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing: what HDN's code has. */
export const defaults: Omit<Configuration, "preset"> = {
  ...variationalDefaults,
  depth: 6,
  filters: 64,
  latents: 32,
  blocks: 5,
  norm: "batch",
  dropout: 0.2,
  distribution: "auto",
  freeBits: 1,
  crop: 64,
  batch: 64,
  updates: 200_000,
  learningRate: 3e-4,
  samples: 100,
};

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: three levels of codes, some minutes without a GPU.",
  hdn: "To compare with HDN as its authors have it, who trained for a day on a GPU of 2016.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    ...laptopSchedule,
    depth: 3,
    filters: 16,
    latents: 8,
    blocks: 1,
    norm: "none",
    dropout: 0,
    batch: 4,
    notes: [
      "Three levels of six, narrow, and a residual block of five in each: a size that trains without a GPU.",
    ],
  },
  hdn: {
    notes: [
      "The network and the 500 epochs of HDN's authors, with Adam in place of Adamax. They halve the learning rate where the loss on what is held out stays; here it falls linearly in the second half.",
    ],
  },
};
