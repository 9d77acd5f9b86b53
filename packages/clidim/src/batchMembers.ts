import type { BatchMembers } from "@clidim/denoise";
import type { ContrastiveChoice } from "./contrastiveChoice.js";

/** The members of `TrainingBatch` that a configuration asks for. */
export function batchMembers({ contrastive }: { readonly contrastive: ContrastiveChoice }): BatchMembers {
  const { mode, captures, maskOverlap, labels, augmentation, noiseBins } = contrastive;
  const ofViews = mode === "pretrain" || mode === "joint" || mode === "supcon";
  const byLevel = mode === "supcon" && labels === "noise";
  return {
    capture: ofViews && captures ? "any" : false,
    places: (ofViews || mode === "disc") && maskOverlap < 1 && !byLevel,
    noise: (ofViews || mode === "disc") && augmentation === "renoised",
    ...(byLevel && { levels: { bins: noiseBins, askedBy: "contrastive.labels noise" } }),
  };
}
