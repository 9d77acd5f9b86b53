import type { ConfiguredNoise } from "../noiseLikelihood/configuredNoise.js";
import type { Configuration } from "./schema.js";

/** The noise that `prepare` has decided. */
export function noiseIn({ noise }: Pick<Configuration, "noise">): ConfiguredNoise {
  if (noise) return noise;
  throw new Error(
    "pn2v: there is no noise model in the configuration; it is for the training images to decide, see prepare",
  );
}
