import type { TrainingBatch } from "@clidim/denoise";
import type { Layer } from "@clidim/nn";
import { concat, mean, reshape, slice, split, type Tensor } from "@clidim/tensor";
import { drawView } from "../augment/drawView.js";
import { pairLoss } from "../contrastive/pairLoss.js";
import { supCon } from "../contrastive/supCon.js";
import { contrastedRows } from "../contrastiveChoice.js";
import type { GeneratorTree, GeneratorVariables } from "../networks/generatorTree.js";
import type { Configuration } from "../schema.js";
import { contrastedBlock, type Heads, project } from "./contrastiveState.js";
import { generatorFeatures } from "./generatorFeatures.js";
import { sameSamples } from "./sameSamples.js";

/**
 * The contrastive loss of the generator's encoder (modes pretrain, joint and supcon): two views of the noisy crops, the second of another capture of them
 * where `captures` is set; the innermost block's output, or the finest features, averaged over the image; the head; the loss. Views have batch statistics of their
 * own, and the running ones stay as they are, since they are those of whole images without augmentation.
 */
export function encoderContrast(
  configuration: Configuration,
  generator: Layer<GeneratorTree, GeneratorTree>,
  variables: GeneratorVariables,
  heads: Heads,
  batch: TrainingBatch,
  key: Tensor,
): Tensor {
  const { contrastive } = configuration;
  const { augmentation, captures, mode, temperature, l2norm } = contrastive;
  if (captures && !batch.capture) {
    throw new Error(
      `contrastive: mode ${mode} with captures needs batches with capture, other captures of the same crops; ` +
        "add them, or set captures to false",
    );
  }
  const rows = contrastedRows(batch.noisy.shape[0]!, contrastive.fraction);
  const block = contrastedBlock(configuration);
  // The second part of what is known of the pages is that of other captures.
  const secondPart = captures ? 1 : 0;
  const embed = (x: Tensor, part: number, viewKey: Tensor): Tensor => {
    const view = drawView(augmentation, viewKey, slice(x, [0], [rows]), noiseOf(batch, part, rows));
    const [features] = generatorFeatures(generator, variables, view, [block], viewKey) as [Tensor]; // one per name
    return project(contrastive, heads, block, mean(features, [1, 2]));
  };
  const [firstKey, secondKey] = split(key);
  const first = embed(batch.noisy, 0, firstKey);
  const second = embed((captures && batch.capture) || batch.noisy, secondPart, secondKey);
  if (mode === "supcon" && contrastive.labels === "noise") {
    const { levels } = batch;
    if (!levels) {
      throw new Error(
        "contrastive: mode supcon with labels noise needs batches with levels [2,N]; add them, or set labels to scene",
      );
    }
    const of = (part: number): Tensor => reshape(slice(levels, [part, 0], [part + 1, rows]), [rows]);
    return supCon(concat([first, second], 0), concat([of(0), of(secondPart)], 0), { temperature, l2norm });
  }
  return pairLoss(contrastive, first, second, sameSamples(configuration, batch, rows, 1));
}

/** The noise of the first `rows` pages [rows,2], of the crops (part 0) or their other captures (part 1); undefined where views do without. */
export function noiseOf({ noise }: TrainingBatch, part: number, rows: number): Tensor | undefined {
  return noise && reshape(slice(noise, [part, 0, 0], [part + 1, rows, 2]), [rows, 2]);
}
