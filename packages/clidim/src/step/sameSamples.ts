import type { TrainingBatch } from "@clidim/denoise";
import { and, concat, eye, not, slice, type Tensor } from "@clidim/tensor";
import { sameCrop } from "../contrastive/sameCrop.js";
import type { Configuration } from "../schema.js";

/**
 * Which of the first `rows` crops of a batch show the same, as `pairLoss` wants it: bool [copies * rows, copies * rows], the crops repeated `copies`
 * times, and a crop not the same as its own copy. Undefined where `maskOverlap` is 1, so that every crop stands for itself. Throws where
 * the batch does not say where its crops come from.
 */
export function sameSamples(
  { contrastive: { mode, maskOverlap } }: Configuration,
  { noisy, scenes, corners }: TrainingBatch,
  rows: number,
  copies: number,
): Tensor | undefined {
  if (maskOverlap >= 1) return undefined;
  if (!scenes || !corners) {
    throw new Error(
      `contrastive: mode ${mode} with maskOverlap ${maskOverlap} needs batches with scenes [N] and corners [N,2]; ` +
        "add them, or set maskOverlap to 1",
    );
  }
  const few = (x: Tensor): Tensor => slice(x, [0], [rows]);
  const same = sameCrop(few(scenes), few(corners), noisy.shape[1]!, maskOverlap);
  if (copies === 1) return same;
  const others = and(same, not(eye(rows, "bool")));
  const row = concat(Array<Tensor>(copies).fill(others), 1);
  return concat(Array<Tensor>(copies).fill(row), 0);
}
