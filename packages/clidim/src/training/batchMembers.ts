import type { Configuration } from "../config/configuration.js";

/** What a batch must hold beside `noisy` and `clean`. */
export interface BatchMembers {
  /** `capture`. */
  readonly capture: boolean;
  /** `scenes` and `corners`. */
  readonly places: boolean;
  readonly noise: boolean;
  readonly levels: boolean;
}

/** The members of `TrainingBatch` that a configuration asks for. */
export function batchMembers({ contrastive }: Pick<Configuration, "contrastive">): BatchMembers {
  const { mode, captures, maskOverlap, labels, augmentation } = contrastive;
  const ofViews = mode === "pretrain" || mode === "joint" || mode === "supcon";
  const levels = mode === "supcon" && labels === "noise";
  return {
    capture: ofViews && captures,
    places: (ofViews || mode === "disc") && maskOverlap < 1 && !levels,
    noise: (ofViews || mode === "disc") && augmentation === "renoised",
    levels,
  };
}
