import { type Layer, layers, type None, type WeightAndBias } from "@clidim/nn";

/** Two linear layers; the activation between them has no parameters. */
export type HeadTree = {
  readonly hidden: WeightAndBias;
  readonly activation: None;
  readonly output: WeightAndBias;
};

export interface ProjectionHeadOptions {
  /** Units between the two layers. Default: as many as the features have. */
  readonly hidden?: number;
  /** Dimensions of the embedding. Default 128. */
  readonly out?: number;
  /** Default 0.01. */
  readonly slope?: number;
  /** Default false. */
  readonly bias?: boolean;
}

/**
 * Features [..., F] to embeddings [..., out]: linear, leakyRelu, linear, with PyTorch's initial weights, U(-1/sqrt(fanIn), 1/sqrt(fanIn)).
 * The defaults are the released code's.
 */
export function projectionHead(features: number, options: ProjectionHeadOptions = {}): Layer<HeadTree, None> {
  const { hidden = features, out = 128, slope = 0.01, bias = false } = options;
  const chain = layers.sequential({
    hidden: layers.linear({ out: hidden, bias }),
    activation: layers.leakyRelu(slope),
    output: layers.linear({ out, bias }),
  });
  const stats = { hidden: {}, activation: {}, output: {} };
  return {
    kind: "projectionHead",
    init: (key) => ({ params: chain.init(key, [1, features]).params, stats: {} }),
    apply: ({ params, stats: none }, x, context) => ({
      output: chain.apply({ params, stats }, x, context).output,
      stats: none,
    }),
    outputShape: chain.outputShape,
  };
}
