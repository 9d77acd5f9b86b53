import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** In how many orientations a network sees each page: eight with `ensemble`, one without, and as its configuration says where nothing is said. */
export const orientationsOf = (
  { configuration }: { readonly configuration: Pick<RunConfiguration, "orientations"> },
  ensemble: boolean | undefined,
): 1 | 8 => (ensemble === undefined ? (configuration.orientations ?? 1) : ensemble ? 8 : 1);
