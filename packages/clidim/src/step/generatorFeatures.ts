import type { Layer } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";
import type { GeneratorTree, GeneratorVariables } from "../networks/generatorTree.js";
import { observeBlocks } from "../networks/observeBlocks.js";

/**
 * What blocks of the generator (`down1`, `down2`, ..., `up1`) make of x [N,H,W,C], with batch statistics: [N, H/2^k, W/2^k, channels] each,
 * before the activation of the next block. What is not needed for them is not computed, such as the way up for those on the way down; running statistics stay as they are. `key` is that of the dropout on the way up.
 */
export function generatorFeatures(
  generator: Layer<GeneratorTree, GeneratorTree>,
  variables: GeneratorVariables,
  x: Tensor,
  blocks: readonly string[],
  key: Tensor,
): Tensor[] {
  const blocksOf = observeBlocks();
  generator.apply(variables, x, { train: true, key, observe: blocksOf.observe });
  return blocks.map(blocksOf.output);
}
