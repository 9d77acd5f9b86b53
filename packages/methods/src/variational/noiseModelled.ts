import { mean, neg } from "@clidim/tensor";
import { type ConfiguredNoise, type Distribution, noiseOf } from "../noiseLikelihood/configuredNoise.js";
import { logDensityOf } from "../noiseLikelihood/logDensity.js";
import { noiseIn } from "../noiseLikelihood/noiseIn.js";
import { resumedNoise } from "../noiseLikelihood/resumedNoise.js";
import type { VariationalConfiguration } from "./fields.js";
import type { VariationalMethodOptions } from "./variationalMethod.js";

/** The keys of methods that draw and know the noise. */
export type NoiseModelled = {
  readonly distribution: Distribution;
  /** The noise, which `prepare` decides. */
  readonly noise?: ConfiguredNoise;
};

/** What a method of this name is told of the noise, and how likely it then is. */
export function noiseModelled<C extends VariationalConfiguration & NoiseModelled>(
  name: string,
): Pick<VariationalMethodOptions<C>, "takesNoise" | "prepare" | "resumed" | "reconstruction"> {
  return {
    takesNoise: true,
    prepare: async (configuration, images) => ({
      ...configuration,
      noise: await noiseOf(configuration.distribution, images),
    }),
    resumed: resumedNoise,
    reconstruction(configuration) {
      const logDensity = logDensityOf(noiseIn(name, configuration));
      return (x, s) => neg(mean(logDensity(x, s)));
    },
  };
}
