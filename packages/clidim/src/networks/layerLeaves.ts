import type { Tensor } from "@clidim/tensor";

/** The tensors of one simple layer by name: `weight`, `bias`; `mean`, `variance`. */
export type LayerLeaves = Readonly<Record<string, Tensor>>;
