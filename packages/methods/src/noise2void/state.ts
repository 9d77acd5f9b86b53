import { type AdamState, adam, type State } from "@clidim/nn";
import { add, div, key, mapTree, maximum, mul, split, sub, type Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import { noise2voidNetwork } from "./network.js";
import type { Configuration } from "./schema.js";

/** The network under training: parameters, running statistics of its batch norms, Adam's averages. */
export type Noise2VoidState = {
  readonly params: NetworkTree;
  readonly stats: NetworkTree;
  readonly optimizer: State<AdamState, NetworkTree>;
};

/** A network with fresh weights, and the source of blind spots and of what stands there. */
export function initialState(
  configuration: Configuration,
  seed: number,
): { readonly state: Noise2VoidState; readonly key: Tensor } {
  const [networkKey, updateKey] = split(key(seed));
  const { crop, batch } = configuration;
  const { params, stats } = noise2voidNetwork(configuration).init(networkKey, [batch, crop, crop, 1]);
  // Adam's initial state does not depend on its options.
  return { state: { params, stats, optimizer: adam().init(params) }, key: updateKey };
}

/**
 * Running statistics after another batch: m of the batch and 1 - m of what they were, m = max(0.01, 10 / (10 + update)) with `update` the number of updates done (f32 scalar). That is
 * Keras's average, 0.01, after the first thousand. Till then nothing is left of the values that it starts with, and it follows the weights while they
 * change much. PyTorch's 0.1 is an average over ten batches, too few where crops of one image differ as much as background and nuclei do.
 */
export function moveStatistics(running: NetworkTree, batch: NetworkTree, update: Tensor): NetworkTree {
  const momentum = maximum(div(10, add(update, 10)), 0.01);
  return mapTree((before, now) => add(before, mul(sub(now, before), momentum)), running, batch);
}
