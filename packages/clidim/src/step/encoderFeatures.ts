import type { Layer } from "@clidim/nn";
import { key, type Tensor } from "@clidim/tensor";
import type { GeneratorTree, GeneratorVariables } from "../networks/generatorTree.js";
import { observeBlocks } from "../networks/observeBlocks.js";

/**
 * What blocks on the generator's way down (`down1`, `down2`, ...) make of x [N,H,W,C], with batch statistics: [N, H/2^k, W/2^k, channels] each,
 * before the activation of the next block. The way up is not computed; running statistics stay as they are.
 */
export function encoderFeatures(
  generator: Layer<GeneratorTree, GeneratorTree>,
  variables: GeneratorVariables,
  x: Tensor,
  blocks: readonly string[],
): Tensor[] {
  const blocksOf = observeBlocks();
  // Dropout wants a key, but is on the way up.
  generator.apply(variables, x, { train: true, key: key(0), observe: blocksOf.observe });
  return blocks.map(blocksOf.output);
}
