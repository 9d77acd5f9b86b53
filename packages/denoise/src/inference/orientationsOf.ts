import type { TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** Orientations of a page: as it is; it and its mirror images, which keep rows along rows; or these with their quarter turns. */
export type Orientations = 1 | 4 | 8;

/** In how many orientations a network sees each page: several with `ensemble`, one without, and as its configuration says where nothing is said. Several are eight, or the four that keep the axis of the noise that the configuration is made for (`noiseAxis`). */
export function orientationsOf<C extends RunConfiguration>(
  {
    method,
    configuration,
  }: { readonly method: Pick<TrainedMethod<C>, "noiseAxis">; readonly configuration: C },
  ensemble: boolean | undefined,
): Orientations {
  if (!(ensemble ?? configuration.orientations === 8)) return 1;
  return method.noiseAxis?.(configuration) === undefined ? 8 : 4;
}
