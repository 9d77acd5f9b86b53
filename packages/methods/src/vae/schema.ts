import { type ConfigurationSpace, record } from "@clidim/denoise";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";
import {
  type AutoencoderConfiguration,
  autoencoderFields,
  variationalFields,
} from "../variational/fields.js";

/** The keys of the vanilla VAE beside those of every method. Plain data. */
export type Configuration = AutoencoderConfiguration;

const shape = { ...autoencoderFields, ...variationalFields } as const;

/** The fields by record, "" for the outermost. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": shape,
  ...trainingGroups,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...shape,
  ...trainingRecords,
});
