import type { MethodVariables } from "@clidim/denoise";
import { type AdamState, adam, type Layer, type State } from "@clidim/nn";
import { key, split, type Tensor } from "@clidim/tensor";
import type { NetworkTree, NetworkVariables } from "../networks/networkTree.js";

/** A network under training: parameters, statistics of norms where it has any, Adam's averages. */
export type NetworkState = {
  readonly params: NetworkTree;
  readonly stats: NetworkTree;
  readonly optimizer: State<AdamState, NetworkTree>;
};

/** A network with fresh weights, and the source of what is drawn in training. */
export function freshNetwork(
  network: Pick<Layer<NetworkTree, NetworkTree>, "init">,
  { crop, batch }: { readonly crop: number; readonly batch: number },
  seed: number,
): { readonly state: NetworkState; readonly key: Tensor } {
  const [networkKey, updateKey] = split(key(seed));
  const { params, stats } = network.init(networkKey, [batch, crop, crop, 1]);
  // Adam's initial state does not depend on its options.
  return { state: { params, stats, optimizer: adam().init(params) }, key: updateKey };
}

/** The protocol gives back what `variables` or `template` gave it. */
export const ofNetwork = ({ params, stats }: MethodVariables): NetworkVariables => ({
  params: params as NetworkTree,
  stats: stats as NetworkTree,
});
