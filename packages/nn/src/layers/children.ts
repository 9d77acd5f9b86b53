import type { Tensor } from "@clidim/tensor";
import type { AnyLayer, Context, ParamsOf, StatsOf, Variables } from "../layer.js";
import { expectLayer } from "./checkedLayer.js";
import { child } from "./child.js";

/** The parts of a composite layer, in order: numbered, or named. */
export type Layers = readonly AnyLayer[] | Readonly<Record<string, AnyLayer>>;
/** The parameters of several layers, in the structure that the layers stand in. */
export type ParamsOfEach<L> = { readonly [K in keyof L]: ParamsOf<L[K]> };
/** The statistics of several layers, in the structure that the layers stand in. */
export type StatsOfEach<L> = { readonly [K in keyof L]: StatsOf<L[K]> };

/** The trees of several layers as one: each function passes over all parts and collects in the structure of `layers`. */
export interface Children<L> {
  readonly parts: readonly AnyLayer[];
  init(
    initialise: (part: AnyLayer) => Variables<unknown, unknown>,
  ): Variables<ParamsOfEach<L>, StatsOfEach<L>>;
  apply(
    variables: Variables<ParamsOfEach<L>, StatsOfEach<L>>,
    context: Context,
    inputOf: (previous: Tensor | undefined) => Tensor,
  ): { outputs: readonly Tensor[]; stats: StatsOfEach<L> };
}

export function children<const L extends Layers>(kind: string, layers: L): Children<L> {
  const names = Object.keys(layers);
  if (names.length === 0) throw new Error(`${kind}: expected at least one layer, got none`);
  for (const name of names)
    expectLayer(kind, `layer ${name}`, (layers as Readonly<Record<string, unknown>>)[name]);
  const parts = Object.entries<AnyLayer>(layers).map(([name, layer], index) => child(name, index, layer));

  const collect = (values: readonly unknown[]): unknown =>
    Array.isArray(layers) ? values : Object.fromEntries(names.map((name, index) => [name, values[index]]));
  // The casts below state what `collect` does: one value per part, in the structure of `layers`.
  const partOf = (tree: unknown, index: number): unknown =>
    (tree as Readonly<Record<string, unknown>>)[names[index]!];

  return {
    parts,
    init(initialise) {
      const variables = parts.map(initialise);
      return {
        params: collect(variables.map(({ params }) => params)) as ParamsOfEach<L>,
        stats: collect(variables.map(({ stats }) => stats)) as StatsOfEach<L>,
      };
    },
    apply(variables, context, inputOf) {
      let previous: Tensor | undefined;
      const results = parts.map((part, index) => {
        const own = { params: partOf(variables.params, index), stats: partOf(variables.stats, index) };
        const result = part.apply(own, inputOf(previous), context);
        previous = result.output;
        return result;
      });
      return {
        outputs: results.map(({ output }) => output),
        stats: collect(results.map(({ stats }) => stats)) as StatsOfEach<L>,
      };
    },
  };
}
