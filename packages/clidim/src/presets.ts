import { resolveConfiguration } from "@clidim/denoise";
import { clidim } from "./method.js";
import type { Configuration, PresetName } from "./schema.js";

/**
 * - `quick`: a small U-Net from differences of pixels alone, in minutes without a GPU, its results averaged over eight orientations, and with BM3D's as far as these help. - `best`: a wider one, some ten times as long. - `as-printed`: the values of the paper. - `as-released`: those of the published training command. - `recommended`: the released ones
 * without what depends on the batch or the crop size, and with a corrected contrastive term. - `laptop`: `recommended` at a size that trains in
 * minutes without a GPU, without the contrastive term. - `mid3a`: the authors' earlier method as far as it is known.
 */
export const presets: { readonly [P in PresetName]: Configuration } = {
  quick: resolveConfiguration(clidim, "quick"),
  best: resolveConfiguration(clidim, "best"),
  laptop: resolveConfiguration(clidim, "laptop"),
  "as-printed": resolveConfiguration(clidim, "as-printed"),
  "as-released": resolveConfiguration(clidim, "as-released"),
  recommended: resolveConfiguration(clidim, "recommended"),
  mid3a: resolveConfiguration(clidim, "mid3a"),
};
