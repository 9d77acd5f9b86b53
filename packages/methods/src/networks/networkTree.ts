import type { Variables } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";

/** The tensors of one simple layer by name: `weight`, `bias`; `mean`, `variance`. */
export type LayerLeaves = Readonly<Record<string, Tensor>>;

/** The layers of one block by name. */
export type BlockTree = Readonly<Record<string, LayerLeaves>>;

/** The blocks of a network by name. */
export type NetworkTree = Readonly<Record<string, BlockTree>>;

/** Parameters and running statistics of a network. */
export type NetworkVariables = Variables<NetworkTree, NetworkTree>;
