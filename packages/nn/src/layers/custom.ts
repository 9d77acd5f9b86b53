import {
  flattenAt,
  foldIn,
  input,
  isFloat,
  key as keyOf,
  mapTree,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type {
  AnyLayer,
  Context,
  Layer,
  LayerResult,
  LikeOf,
  ParamsOf,
  ShapesOf,
  StatsOf,
  Variables,
} from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { traced } from "../traced.js";
import { expectContext, expectKey, expectLayer, expectVariables } from "./checkedLayer.js";
import { child } from "./child.js";

/** Layers in nested records and arrays. */
export type LayerTree = AnyLayer | readonly LayerTree[] | { readonly [name: string]: LayerTree };

/** The parameters of a tree of layers, in its structure. */
export type ParamsOfTree<L> = L extends AnyLayer
  ? ParamsOf<L>
  : { readonly [K in keyof L]: ParamsOfTree<L[K]> };
/** The statistics of a tree of layers, in its structure. */
export type StatsOfTree<L> = L extends AnyLayer ? StatsOf<L> : { readonly [K in keyof L]: StatsOfTree<L[K]> };

/** A layer as a function of a tensor: its parameters, statistics and randomness are seen to. */
export interface Part<P, S> {
  (x: Tensor): Tensor;
  /**
   * Another function of the layer, such as `run` of a recurrent one: `f` calls it with the variables and the context that are the layer's, and what it returns is
   * returned. `x` has the shape that the layer is initialised for.
   */
  with<R extends LayerResult<S>>(x: Tensor, f: (variables: Variables<P, S>, context: Context) => R): R;
}

/** Layers as functions, in the structure that they stand in. */
export type Parts<L> = L extends AnyLayer
  ? Part<ParamsOf<L>, StatsOf<L>>
  : { readonly [K in keyof L]: Parts<L[K]> };

type AnyVariables = Variables<unknown, unknown>;
type AnyPart = Part<unknown, unknown>;

const membersOf = (tree: object): [name: string, part: LayerTree][] => Object.entries(tree);

/** Layers by their paths, depth first. Throws for what is neither a layer nor a record or an array of them. */
function layersOf(kind: string, tree: LayerTree, path = ""): [path: string, layer: AnyLayer][] {
  const plain = Array.isArray(tree) || (typeof tree === "object" && tree !== null && !("apply" in tree));
  if (!plain) {
    expectLayer(kind, path === "" ? "layers" : `layer ${path}`, tree);
    return [[path, tree as AnyLayer]]; // as has just been checked
  }
  return membersOf(tree).flatMap(([name, part]) =>
    layersOf(kind, part, path === "" ? name : `${path}.${name}`),
  );
}

/** A tree of layers with values in their places, in the order of `layersOf`. */
function inPlace(tree: LayerTree, values: Iterator<unknown>): unknown {
  if ("apply" in tree) return values.next().value;
  if (Array.isArray(tree)) return tree.map((part: LayerTree) => inPlace(part, values));
  return Object.fromEntries(membersOf(tree).map(([name, part]) => [name, inPlace(part, values)]));
}

/** What stands in a tree of variables in the places of the layers. */
function valuesAt(tree: LayerTree, values: unknown): unknown[] {
  if ("apply" in tree) return [values];
  return membersOf(tree).flatMap(([name, part]) =>
    valuesAt(part, (values as Readonly<Record<string, unknown>> | undefined)?.[name]),
  );
}

/** A placeholder for what `layer` makes of x. Of a layer that refuses the dtype of x, which stands for another, the shape is what it promises. */
function resultOf(layer: AnyLayer, variables: AnyVariables, x: Tensor): Tensor {
  const placeholders = mapLeaves((leaf) => input(leaf.shape, leaf.dtype), variables);
  const apply = (given: Tensor): Tensor => {
    const { shape, dtype } = layer.apply(placeholders, given, { train: false }).output;
    return input(shape, dtype);
  };
  try {
    return apply(x);
  } catch {
    const shape = layer.outputShape(x.shape);
    try {
      return input(shape, traced(x.shape, apply).dtype);
    } catch {
      // It says itself what is wrong once it is applied.
      return input(shape, isFloat(x.dtype) ? x.dtype : "f32");
    }
  }
}

/**
 * A layer of several, put together by a function: `forward` is called with the layers as functions, and with what goes in, a tensor or a tree of tensors.
 *
 *     layers.custom("gated", { value: layers.linear({ out: 8 }), gate: layers.linear({ out: 8 }) }, ({ value, gate }, x) => mul(value(x), sigmoid(gate(x))))
 *
 * Parameters and statistics stand in the structure of `layers`. What each layer needs is found by `init`, which calls `forward` with placeholders of the shapes that it is
 * given, so that every layer has to be applied whatever the context says. A layer that is applied twice shares its weights, goes on with its statistics, and draws anew.
 */
export function custom<
  const L extends LayerTree,
  X extends Tree<Tensor> = Tensor,
  Y extends Tree<Tensor> = Tensor,
>(
  kind: string,
  layers: L,
  forward: (parts: Parts<L>, x: X, context: Context) => Y,
): Layer<ParamsOfTree<L>, StatsOfTree<L>, X, Y> {
  if (typeof kind !== "string" || typeof forward !== "function") {
    throw new Error(
      `custom: expected a name, layers and a function, got ${show(kind)} and ${show(forward)}; write layers.custom("block", { conv }, ({ conv }, x) => conv(x))`,
    );
  }
  const found = layersOf(kind, layers);
  if (found.length === 0) throw new Error(`${kind}: expected at least one layer, got none`);
  const collect = (values: readonly unknown[]): unknown => inPlace(layers, values.values());

  /** `forward` with these functions as the layers. */
  const call = (functions: readonly AnyPart[], x: X, context: Context): Y => {
    const output = forward(collect(functions) as Parts<L>, x, context); // a function for each layer
    flattenAt(kind, "what the function returns", output);
    return output;
  };

  /** What comes out for placeholders, and what each layer is initialised with. */
  const trace = (key: Tensor, like: LikeOf<X>) => {
    const run = (x: X): { readonly output: Y; readonly variables: readonly (AnyVariables | undefined)[] } => {
      const variables: (AnyVariables | undefined)[] = found.map(() => undefined);
      const functions = found.map(([path, layer], index): AnyPart => {
        const part = child(path, index, layer);
        const init = (given: Tensor): AnyVariables => {
          variables[index] ??= part.init(key, given.shape);
          return variables[index];
        };
        const apply = (given: Tensor): Tensor => resultOf(part, init(given), given);
        return Object.assign(apply, {
          with: <R extends LayerResult<unknown>>(
            given: Tensor,
            f: (own: AnyVariables, context: Context) => R,
          ): R => f(init(given), { train: false }),
        });
      });
      return { output: call(functions, x, { train: false }), variables };
    };
    return traced<ReturnType<typeof run>, X>(like, run);
  };

  return {
    kind,
    init(key, inputShape) {
      expectKey(kind, key, inputShape);
      const variables = trace(key, inputShape).variables.map((own, index) => {
        if (own) return own;
        throw new Error(
          `${kind}: ${found[index]![0]} was never applied, so that its parameters are not known; apply it in every context, or leave it out`,
        );
      });
      // A value for each layer, in their structure.
      return {
        params: collect(variables.map(({ params }) => params)) as ParamsOfTree<L>,
        stats: collect(variables.map(({ stats }) => stats)) as StatsOfTree<L>,
      };
    },
    apply(variables: AnyVariables, x: X, context: Context): LayerResult<StatsOfTree<L>, Y> {
      expectVariables(kind, variables);
      expectContext(kind, context);
      const params = valuesAt(layers, variables.params);
      const stats = valuesAt(layers, variables.stats);
      const functions = found.map(([path, layer], index): AnyPart => {
        let times = 0;
        const run = <R extends LayerResult<unknown>>(
          given: Tensor,
          f: (own: AnyVariables, context: Context) => R,
        ): R => {
          // Layers fold their positions into the key; the second time is another position.
          const turn = times++;
          const key = context.key && (turn === 0 ? context.key : foldIn(context.key, found.length + turn));
          const part = child(path, index, { ...layer, apply: (own, _, inner) => f(own, inner) });
          const result = part.apply({ params: params[index], stats: stats[index] }, given, {
            ...context,
            key,
          });
          stats[index] = result.stats;
          return result as R; // what f returned
        };
        return Object.assign(
          (given: Tensor): Tensor => run(given, (own, inner) => layer.apply(own, given, inner)).output,
          { with: run },
        );
      });
      const output = call(functions, x, context);
      return { output, stats: collect(stats) as StatsOfTree<L> }; // a value for each layer, in their structure
    },
    outputShape: (inputShape) =>
      mapTree(({ shape }) => shape, trace(keyOf(0), inputShape).output) as ShapesOf<Y>,
  };
}
