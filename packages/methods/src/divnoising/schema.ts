import { type ConfigurationSpace, record } from "@clidim/denoise";
import {
  type ConfiguredNoise,
  checkNoiseUnits,
  configuredNoise,
  type Distribution,
  distributionField,
} from "../noiseLikelihood/configuredNoise.js";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";
import { checkVariational, type VariationalConfiguration, variationalFields } from "../variational/fields.js";

/** The keys of DivNoising beside those of every method. Plain data. */
export type Configuration = VariationalConfiguration & {
  readonly distribution: Distribution;
  /** The noise, which `prepare` decides. */
  readonly noise?: ConfiguredNoise;
};

const { preset, depth, filters, latents, ...others } = variationalFields;
const shape = { preset, depth, filters, latents, distribution: distributionField, ...others } as const;

/** The fields by record, "" for the outermost. The noise is none: it is measured, not typed. */
export const fieldGroups: ConfigurationSpace<Configuration>["groups"] = {
  "": shape,
  ...trainingGroups,
};

/** The schema of a whole configuration. */
export const Configuration: ConfigurationSpace<Configuration>["schema"] = record({
  ...shape,
  ...trainingRecords,
  noise: configuredNoise.exactOptional(),
}).superRefine((configuration, context) => {
  const refuse = (path: string[], message: string): void =>
    context.addIssue({ code: "custom", path, message });
  checkVariational(configuration, refuse);
  checkNoiseUnits(configuration, refuse);
});
