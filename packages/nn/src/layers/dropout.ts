import { bernoulli, mul, type Tensor, where, zerosLike } from "@clidim/tensor";
import type { Context, Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

/** Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate). */
export function drop(kind: string, x: Tensor, rate: number, { train, key }: Context): Tensor {
  if (!train || rate === 0) return x;
  if (!key) {
    throw new Error(
      `${kind}: training draws random numbers and needs a key; apply the model with { train: true, key }`,
    );
  }
  return where(bernoulli(key, 1 - rate, x.shape), mul(x, rate < 1 ? 1 / (1 - rate) : 0), zerosLike(x));
}

/** Inverted dropout of single elements, in training only: PyTorch's Dropout. `rate` is the probability of a zero. */
export function dropout(rate = 0.5): Layer<None, None> {
  if (!(rate >= 0 && rate <= 1)) throw new Error(`dropout: expected a rate in [0, 1], got ${rate}`);
  return checkedLayer<None, None>({
    kind: "dropout",
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x, context) => ({ output: drop("dropout", x, rate, context), stats }),
    outputShape: (inputShape) => inputShape,
  });
}
