import type { ConfiguredNoise } from "./configuredNoise.js";

/** The noise that `prepare` has decided, of the method of this name. */
export function noiseIn(name: string, { noise }: { readonly noise?: ConfiguredNoise }): ConfiguredNoise {
  if (noise) return noise;
  throw new Error(
    `${name}: there is no noise model in the configuration; it is for the training images to decide, see prepare`,
  );
}
