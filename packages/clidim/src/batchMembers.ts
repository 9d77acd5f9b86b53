import type { BatchMembers } from "@clidim/denoise";
import { actingContrast, type ContrastiveChoice } from "./contrastiveChoice.js";

/** What a configuration says of noise that is drawn in training. */
interface DrawnNoise {
  readonly noiseAugment: number;
  readonly simulatedNoise: number;
}

/** What it says of noise that must be known. */
interface KnownNoise extends DrawnNoise {
  readonly noiseLevelMap: boolean;
}

/** Whether noise is drawn, for which that of the pages must be known. */
export const drawsNoise = ({ noiseAugment, simulatedNoise }: DrawnNoise): boolean =>
  noiseAugment > 0 || simulatedNoise > 0;

/** The members of `TrainingBatch` that a configuration asks for. */
export function batchMembers({
  contrastive,
  ...known
}: KnownNoise & { readonly contrastive: ContrastiveChoice }): BatchMembers {
  const { mode, captures, maskOverlap, labels, augmentation, noiseBins } = actingContrast(contrastive);
  const ofViews = mode === "pretrain" || mode === "joint" || mode === "supcon";
  const byLevel = mode === "supcon" && labels === "noise";
  return {
    capture: ofViews && captures ? "any" : false,
    places: (ofViews || mode === "disc") && maskOverlap < 1 && !byLevel,
    noise:
      ((ofViews || mode === "disc") && augmentation === "renoised") ||
      known.noiseLevelMap ||
      drawsNoise(known),
    ...(byLevel && { levels: { bins: noiseBins, askedBy: "contrastive.labels noise" } }),
  };
}
