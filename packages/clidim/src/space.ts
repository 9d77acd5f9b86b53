import type { ConfigurationSpace } from "@clidim/denoise";
import { checkConfiguration } from "./checkConfiguration.js";
import { contrastiveDefaults } from "./contrastiveChoice.js";
import { defaults, presetChanges, presetGuide } from "./presetValues.js";
import { Configuration, fieldGroups, presetNames } from "./schema.js";

/** The keys of CLIDiM. */
export const space: ConfigurationSpace<Configuration> = {
  presets: presetNames,
  presetGuide,
  groups: fieldGroups,
  schema: Configuration,
  check: checkConfiguration,
  defaults,
  changes: presetChanges,
  modes: { contrastive: { initial: "off", standard: "disc", defaults: contrastiveDefaults } },
  common: {
    updates: "length of the training",
    batch: "crops per update",
    crop: "side of the training crops in pixels",
    ngf: "channels of the outermost block of the generator",
    downs: "halvings of the image in the generator",
  },
};
