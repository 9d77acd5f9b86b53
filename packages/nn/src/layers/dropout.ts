import { bernoulli, mul, type Shape, type Tensor, where, zerosLike } from "@clidim/tensor";
import type { Context, Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

/** Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate). One is drawn for each element of `shape`, which is broadcast to x. */
export function drop(
  kind: string,
  x: Tensor,
  rate: number,
  { train, key }: Context,
  shape: Shape = x.shape,
): Tensor {
  if (!train || rate === 0) return x;
  if (!key) {
    throw new Error(
      `${kind}: training draws random numbers and needs a key; apply the model with { train: true, key }`,
    );
  }
  return where(bernoulli(key, 1 - rate, shape), mul(x, rate < 1 ? 1 / (1 - rate) : 0), zerosLike(x));
}

/** Refuses what is no probability. */
export function checkRate(kind: string, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw new Error(`${kind}: expected a rate in [0, 1], got ${rate}`);
}

/** Inverted dropout of single elements, in training only: PyTorch's Dropout. `rate` is the probability of a zero. */
export function dropout(rate = 0.5): Layer<None, None> {
  checkRate("dropout", rate);
  return checkedLayer<None, None>({
    kind: "dropout",
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x, context) => ({ output: drop("dropout", x, rate, context), stats }),
    outputShape: (inputShape) => inputShape,
  });
}
