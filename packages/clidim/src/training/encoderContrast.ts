import type { Layer } from "@clidim/nn";
import { mean, slice, split, type Tensor } from "@clidim/tensor";
import { drawView } from "../augment/drawView.js";
import type { Configuration } from "../config/configuration.js";
import { pairLoss } from "../contrastive/pairLoss.js";
import { encoderFeatures } from "../model/encoderFeatures.js";
import type { GeneratorTree, GeneratorVariables } from "../model/generator.js";
import { bottleneckOf, type Heads, project } from "./contrastiveState.js";
import { contrastedRows } from "./contrastiveStep.js";
import type { TrainingBatch } from "./normalizeBatch.js";
import { sameSamples } from "./sameSamples.js";

/**
 * The contrastive loss of the generator's encoder (modes pretrain, joint and supcon): two views of the noisy crops, the second of another capture of them
 * where `captures` is set; the innermost block's output averaged over the image; the head; the loss. Views have batch statistics of their
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
  const { augmentation, captures, mode } = contrastive;
  if (captures && !batch.capture) {
    throw new Error(
      `contrastive: mode ${mode} with captures needs batches with capture, other captures of the same crops; ` +
        "add them, or set captures to false",
    );
  }
  const rows = contrastedRows(configuration, batch.noisy);
  const bottleneck = bottleneckOf(configuration);
  const embed = (x: Tensor, viewKey: Tensor): Tensor => {
    const view = drawView(augmentation, viewKey, slice(x, [0], [rows]));
    const [features] = encoderFeatures(generator, variables, view, [bottleneck]) as [Tensor]; // one per name
    return project(contrastive, heads, bottleneck, mean(features, [1, 2]));
  };
  const [firstKey, secondKey] = split(key);
  const first = embed(batch.noisy, firstKey);
  const second = embed((captures && batch.capture) || batch.noisy, secondKey);
  return pairLoss(contrastive, first, second, sameSamples(configuration, batch, rows, 1));
}
