import { type ConfigurationSpace, type Refuse, record } from "@clidim/denoise";
import { checkNoiseUnits, configuredNoise, distributionField } from "../noiseLikelihood/configuredNoise.js";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";
import {
  type AutoencoderConfiguration,
  autoencoderFields,
  checkVariational,
  variationalFields,
} from "../variational/fields.js";
import type { NoiseModelled } from "../variational/noiseModelled.js";

/** The keys of DivNoising beside those of every method. Plain data. */
export type Configuration = AutoencoderConfiguration & NoiseModelled;

const shape = { ...autoencoderFields, distribution: distributionField, ...variationalFields } as const;

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
});

/** What the keys of a configuration may be to each other. */
export function checkConfiguration(configuration: Configuration, refuse: Refuse): void {
  checkVariational(configuration, refuse);
  checkNoiseUnits(configuration, refuse);
}
