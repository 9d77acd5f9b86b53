import { flatten, formatShape, key, type Shape, type Tensor, type Tree } from "@clidim/tensor";
import type { Context, Layer } from "../layer.js";

/** Whether there is a tensor in a tree, by its type. */
type HasTensor<S> = S extends Tensor
  ? true
  : S extends object
    ? true extends { readonly [K in keyof S]: HasTensor<S[K]> }[keyof S]
      ? true
      : false
    : false;

/** Says of a layer that it may have no statistics. */
export type WithoutStatistics<S> =
  HasTensor<S> extends true
    ? "the layer has statistics, which `call` would lose: use apply, or make a layer of several with layers.custom"
    : unknown;

const none: Context = { train: false };

/** The empty statistics of layers, which no shape and no key has an influence on. */
const emptyOf = new WeakMap<object, unknown>();

/** The statistics of a layer that has none: a tree without tensors. */
function emptyStats<P, S>(layer: Layer<P, S>, inputShape: Shape): S {
  if (!emptyOf.has(layer)) {
    const { stats } = layer.init(key(0), inputShape);
    const { leaves } = flatten(stats as Tree<Tensor>); // as the statistics of every layer are
    if (leaves.length > 0) {
      throw new Error(
        `call: ${layer.kind} has statistics (${leaves.map(({ shape }) => formatShape(shape)).join(", ")}), which go in and come out; use apply, or make a layer of several with layers.custom`,
      );
    }
    emptyOf.set(layer, stats);
  }
  return emptyOf.get(layer) as S; // what was put there for this layer
}

/**
 * What a layer without statistics makes of `x`: `apply` without the ceremony. `context` is that of `apply`; by default nothing is trained. Throws for a layer that has
 * statistics.
 */
export const call = <P, S>(
  layer: Layer<P, S> & WithoutStatistics<S>,
  params: P,
  x: Tensor,
  context: Context = none,
): Tensor => layer.apply({ params, stats: emptyStats(layer, x.shape) }, x, context).output;
