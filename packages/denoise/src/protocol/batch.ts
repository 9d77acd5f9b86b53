import type { Tensor } from "@clidim/tensor";

/**
 * Which other page of its scene a crop is taken from once more. "any": the same one by chance or where there is but one. "other": any but that. "next": the one before or after it, each as
 * probable as the other where there are both. Scenes of one page are refused for the last two.
 */
export type OtherCapture = "any" | "other" | "next";

/** What a batch must hold beside `noisy`, and `clean` where that is the target. */
export interface BatchMembers {
  /** `capture`. */
  readonly capture: false | OtherCapture;
  /** `scenes` and `corners`. */
  readonly places: boolean;
  readonly noise: boolean;
  /** `levels`, in so many bins; `askedBy` is the key and value that messages name. */
  readonly levels?: { readonly bins: number; readonly askedBy: string };
}

/** No further members. */
export const noMembers: BatchMembers = { capture: false, places: false, noise: false };

/** Noisy crops and what goes with them, f32 [N, H, W, 1] each, in network values. */
export type TrainingBatch = {
  /** [N, H, W, `frames`]: so many captures of the same place. */
  readonly noisy: Tensor;
  /** What they should look like, where clean images are the target. */
  readonly clean?: Tensor;
  /** The same crops of other captures; see `BatchMembers`. */
  readonly capture?: Tensor;
  /** Where the crops come from: scene numbers i32 [N]. */
  readonly scenes?: Tensor;
  /** First row and column of each crop in its scene, i32 [N, 2]. */
  readonly corners?: Tensor;
  /**
   * Noise of the pages that the crops and their other captures come from: f32 [2, N, 2], gain and offset of the variance in network
   * values (see `estimateNoise`).
   */
  readonly noise?: Tensor;
  /** The bins of their noise levels: i32 [2, N]. */
  readonly levels?: Tensor;
};

/** A batch of pairs, as a method whose target is clean images gets it. */
export type PairBatch = TrainingBatch & { readonly clean: Tensor };
