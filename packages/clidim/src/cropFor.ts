import type { Plain } from "@clidim/denoise";
import { mostLayers } from "./contrastiveChoice.js";
import { smallestMsSsimSide } from "./losses/msSsim.js";
import { type Configuration, smallestCrop } from "./schema.js";

/**
 * Changes with which images of this side can be trained on: the largest power of two as the crop, no more halvings than it has, no more blocks compared than have several places, and no MS-SSIM where its scales need more.
 * Undefined where they are too small, or where no term is left.
 */
export function cropFor(
  { downs, weights, contrastive }: Pick<Configuration, "downs" | "weights" | "contrastive">,
  side: number,
): Plain | undefined {
  if (side < smallestCrop) return undefined;
  const halvings = Math.floor(Math.log2(side));
  const crop = 2 ** halvings;
  const { mode, feature, layers } = contrastive;
  const tooManyLayers = mode === "patchnce" && feature !== "finest" && layers > mostLayers(crop);
  const tooLarge = weights.msssim > 0 && crop < smallestMsSsimSide();
  const { msssim: _, ...others } = weights;
  if (tooLarge && Object.values(others).every((factor) => factor === 0)) return undefined;
  return {
    crop,
    ...(halvings < downs && { downs: halvings }),
    ...(tooManyLayers && { contrastive: { layers: mostLayers(crop) } }),
    ...(tooLarge && { weights: { msssim: 0 } }),
  };
}
