import type { Changes } from "@clidim/denoise";
import { invariantDefaults, laptopSize } from "../jInvariance/fields.js";
import type { Configuration, PresetName } from "./schema.js";

/** What holds where a preset says nothing. */
export const defaults: Omit<Configuration, "preset"> = {
  ...invariantDefaults,
  loss: "mse",
  inference: "whole",
};

/** What each preset is for. */
export const presetGuide: { readonly [P in PresetName]: string } = {
  laptop: "A first result on any machine: a small network, some minutes without a GPU.",
  large:
    "For many images and a better result: twice the channels and ten times the updates, hours without a GPU.",
};

/** What each preset says of its own. */
export const presetChanges: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    ...laptopSize,
    notes: ["Half the channels of large: a size that trains without a GPU."],
  },
  large: {
    notes: ["The authors leave the network open; this is CSBDeep's U-Net, as in the other methods here."],
  },
};
