import { type ConfigurationSpace, record } from "@clidim/denoise";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";
import { checkVariational, type VariationalConfiguration, variationalFields } from "../variational/fields.js";

/** The keys of the vanilla VAE beside those of every method. Plain data. */
export type Configuration = VariationalConfiguration;

/** The fields by record, "" for the outermost. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": variationalFields,
  ...trainingGroups,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...variationalFields,
  ...trainingRecords,
}).superRefine((configuration, context) =>
  checkVariational(configuration, (path, message) => context.addIssue({ code: "custom", path, message })),
);
