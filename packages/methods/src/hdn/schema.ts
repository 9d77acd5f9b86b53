import { type ConfigurationSpace, oneOf, type Refuse, real, record, whole } from "@clidim/denoise";
import type { LadderAutoencoderOptions } from "../networks/ladderAutoencoder.js";
import { checkNoiseUnits, configuredNoise, distributionField } from "../noiseLikelihood/configuredNoise.js";
import { trainingGroups, trainingRecords } from "../training/trainingFields.js";
import { checkVariational, type VariationalConfiguration, variationalFields } from "../variational/fields.js";
import type { LadderNetworkOptions } from "../variational/ladderNetwork.js";
import type { NoiseModelled } from "../variational/noiseModelled.js";

export const presetNames = ["laptop", "hdn"] as const;
export type PresetName = (typeof presetNames)[number];

/** As many names the log has for divergences. */
export const MOST_LEVELS = 6;

/** The keys of HDN beside those of every method. Plain data. */
export type Configuration = VariationalConfiguration &
  LadderNetworkOptions &
  NoiseModelled & { readonly preset: PresetName };

const normNames = ["none", "batch"] as const satisfies readonly LadderAutoencoderOptions["norm"][];

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  depth: whole(1, MOST_LEVELS, "Levels of the code, each of half the size of the one outside it."),
  filters: whole(1, 512, "Channels of all levels."),
  latents: whole(1, 256, "Channels of the code of each level."),
  blocks: whole(
    1,
    16,
    "Residual blocks of each level on the way up, of each on the way down, and at the end.",
  ),
  norm: oneOf(normNames, "Norms of the residual blocks: none, or batch norms."),
  dropout: real(0, 0.99, "Probability that dropout sets a channel of a residual block to zero."),
  distribution: distributionField,
  freeBits: real(0, 1000, "Nats of KL divergence, of each level and crop, that cost the same as less."),
  ...variationalFields,
} as const;

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
  const { norm, batch, crop, depth } = configuration;
  if (norm === "batch" && batch === 1 && crop === 2 ** depth) {
    refuse(["batch"], "2 or more, as the innermost level has a single pixel, and a norm needs several");
  }
}
