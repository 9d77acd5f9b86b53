import type { Layer, LayerResult } from "@clidim/nn";
import { mean, reshape, type Tensor } from "@clidim/tensor";
import type { ContrastiveChoice } from "../contrastiveChoice.js";
import type { DiscriminatorTree, DiscriminatorVariables } from "../networks/discriminator.js";
import { observeBlocks } from "../networks/observeBlocks.js";

/** Of a discriminator with three halvings. */
const lastActivation = "activation4";

/**
 * What a discriminator knows of pairs of images [N,H,W,2], one vector each, with batch statistics: its logit map as it is, or the activations before
 * the last layer averaged over the image. The running statistics move.
 */
export function discriminatorFeatures(
  discriminator: Layer<DiscriminatorTree, DiscriminatorTree>,
  variables: DiscriminatorVariables,
  pairs: Tensor,
  feature: ContrastiveChoice["feature"],
): LayerResult<DiscriminatorTree> {
  const parts = observeBlocks();
  const { output, stats } = discriminator.apply(variables, pairs, { train: true, observe: parts.observe });
  switch (feature) {
    case "logits":
      return { output: reshape(output, [output.shape[0]!, -1]), stats };
    case "penultimate":
      return { output: mean(parts.output(lastActivation), [1, 2]), stats };
    case "bottleneck":
    case "finest":
      throw new Error(`discriminatorFeatures: feature ${feature} is the generator's`);
    default:
      return feature satisfies never;
  }
}
