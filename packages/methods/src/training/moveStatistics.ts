import { add, div, mapTree, maximum, mul, sub, type Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";

/**
 * Running statistics after another batch: m of the batch and 1 - m of what they were, m = max(0.01, 10 / (10 + update)) with `update` the number of updates done (f32 scalar). That is
 * Keras's average, 0.01, after the first thousand. Till then nothing is left of the values that it starts with, and it follows the weights while they
 * change much. PyTorch's 0.1 is an average over ten batches, too few where crops of one image differ as much as background and nuclei do.
 */
export function moveStatistics(running: NetworkTree, batch: NetworkTree, update: Tensor): NetworkTree {
  const momentum = maximum(div(10, add(update, 10)), 0.01);
  return mapTree((before, now) => add(before, mul(sub(now, before), momentum)), running, batch);
}
