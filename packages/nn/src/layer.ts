import type { MapTree, Shape, Tensor } from "@clidim/tensor";

/** What a layer computes with: `params` are trained, `stats` (running statistics) are carried along. Plain trees of tensors. */
export type Variables<P, S> = { readonly params: P; readonly stats: S };

/** The tree of a layer that has no parameters, or no statistics. */
export type None = Readonly<Record<never, never>>;

/** What `Context.observe` is told about each layer, innermost first. */
export interface Observation {
  /** Names of the layers from the outermost model inwards, joined by dots. */
  readonly path: string;
  readonly kind: string;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly params: unknown;
}

/** How a layer is applied. */
export interface Context {
  /** Batch statistics and dropout when true; running statistics and no randomness when false. */
  readonly train: boolean;
  /** Source of randomness, needed by random layers when `train` is true. Every layer inside a model gets a key of its own. */
  readonly key?: Tensor | undefined;
  /** Called while the graph is built, after each layer inside a model: a way to reach intermediate activations. */
  readonly observe?: ((observation: Observation) => void) | undefined;
}

export interface LayerResult<S, Y = Tensor> {
  readonly output: Y;
  /** The statistics after this application; the same ones when `train` is false. */
  readonly stats: S;
}

/**
 * A value that says how to make parameters and how to apply them. It holds none itself. Parameters are f32; a layer computes in the
 * dtype of its input, to which it casts them, so that a model applied to f16 trains f32 weights with f16 activations.
 * Normalisations compute in f32 whatever comes in. `X` and `Y` are trees of tensors: what goes in and what comes out, a tensor each unless said otherwise.
 */
export interface Layer<P, S, X = Tensor, Y = Tensor> {
  /** What it is, as errors and summaries name it: "conv2d". */
  readonly kind: string;
  /** Fresh variables for inputs of `inputShape` (batch included; the batch extent has no influence). */
  init(key: Tensor, inputShape: LikeOf<X>): Variables<P, S>;
  apply(variables: Variables<P, S>, x: X, context: Context): LayerResult<S, Y>;
  outputShape(inputShape: LikeOf<X>): ShapesOf<Y>;
}

/** A tree of tensors with their shapes in place of them. */
export type ShapesOf<X> = MapTree<X, Tensor, Shape>;
/** What is known of an input beforehand: the shape of a tensor; in a tree of them shapes too, or tensors like them where dtypes matter. */
export type LikeOf<X> = X extends Tensor ? Shape : MapTree<X, Tensor, Shape | Tensor>;

/** Any layer of one tensor: `apply` is declared as a method, so that a layer of particular trees is assignable. */
export type AnyLayer = Layer<unknown, unknown>;

/** The tree of parameters of a layer, given its type: `ParamsOf<typeof model>`. */
export type ParamsOf<L> = L extends { init(...args: never): Variables<infer P, infer _S> } ? P : never;
/** The tree of statistics of a layer, given its type. */
export type StatsOf<L> = L extends { init(...args: never): Variables<infer _P, infer S> } ? S : never;
/** Both, as `init` returns them. */
export type VariablesOf<L> = Variables<ParamsOf<L>, StatsOf<L>>;
