import type { TrainedMethod } from "@clidim/denoise";
import type { Layer } from "@clidim/nn";
import { key } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import { freshNetwork, type NetworkState } from "./networkState.js";
import type { TrainingConfiguration } from "./trainingFields.js";

/** What methods have in common whose state is one network, and whose one metric its loss. */
export function ofOneNetwork<C extends TrainingConfiguration>(
  networkOf: (configuration: C) => Pick<Layer<NetworkTree, NetworkTree>, "init">,
): Pick<TrainedMethod<C, NetworkState>, "metrics" | "init" | "variables" | "template" | "weights"> {
  return {
    metrics: ["loss"],
    init: (configuration, seed) => freshNetwork(networkOf(configuration), configuration, seed),
    variables: ({ params, stats }) => ({ params, stats }),
    template: (configuration) =>
      networkOf(configuration).init(key(0), [1, configuration.crop, configuration.crop, 1]),
    weights: ({ params }) => params,
  };
}
