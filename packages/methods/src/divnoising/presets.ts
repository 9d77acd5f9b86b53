import type { Changes } from "@clidim/denoise";
import {
  laptopSchedule,
  laptopSize,
  type PresetName,
  publishedNotes,
  variationalDefaults,
} from "../variational/fields.js";
import type { Configuration } from "./schema.js";

/** What holds where a preset says nothing. */
export const defaults: Omit<Configuration, "preset"> = { ...variationalDefaults, distribution: "auto" };

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  divnoising: "To compare with DivNoising as its authors have it: hours on a GPU, days without one.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    ...laptopSize,
    ...laptopSchedule,
    notes: ["Half the published channels and 32 of 1000 samples: a size that trains without a GPU."],
  },
  divnoising: { notes: publishedNotes },
};
