import type { Tensor } from "@clidim/tensor";
import type { Context, Layer, Variables } from "./layer.js";
import { child } from "./layers/child.js";

/** A part of a network that is put together by hand. */
export interface Block<P, S> {
  readonly name: string;
  readonly layer: Layer<P, S>;
  /** Channels of its input, all of it that its parameters depend on. */
  readonly inputChannels: number;
}

/** The parts of a network by name, for networks that are no chain, such as U-Nets. */
export interface Blocks<P, S> {
  /** Fresh variables of every part under its name, each from a key of its own. */
  init(key: Tensor): Variables<Readonly<Record<string, P>>, Readonly<Record<string, S>>>;
  /**
   * One application of the network: `run` applies the part of a name, once and in any order, and `stats` gathers the statistics after it. Throws for a name that there
   * is not; variables that are missing are reported by the part.
   */
  start(
    variables: Variables<Readonly<Record<string, P>>, Readonly<Record<string, S>>>,
    context: Context,
  ): { readonly run: (name: string, x: Tensor) => Tensor; readonly stats: Readonly<Record<string, S>> };
}

/** Images of so many pixels a side are enough to know the parameters, and can be halved once. */
const SIDE = 2;

/** The parts of a network of images [N,H,W,C] that each halve extents at most once. */
export function namedBlocks<P, S>(blocks: readonly Block<P, S>[]): Blocks<P, S> {
  const parts = new Map(
    blocks.map(({ name, layer, inputChannels }, index) => [
      name,
      { layer: child(name, index, layer), inputChannels },
    ]),
  );
  return {
    init(key) {
      const variables = [...parts].map(
        ([name, { layer, inputChannels }]) =>
          [name, layer.init(key, [1, SIDE, SIDE, inputChannels])] as const,
      );
      return {
        params: Object.fromEntries(variables.map(([name, { params }]) => [name, params])),
        stats: Object.fromEntries(variables.map(([name, { stats }]) => [name, stats])),
      };
    },
    start({ params, stats }, context) {
      const updated: Record<string, S> = {};
      const run = (name: string, x: Tensor): Tensor => {
        const part = parts.get(name);
        if (!part) {
          throw new Error(`namedBlocks: there is no block ${name}, only ${[...parts.keys()].join(", ")}`);
        }
        const own = { params: params[name]!, stats: stats[name]! };
        const result = part.layer.apply(own, x, context);
        updated[name] = result.stats;
        return result.output;
      };
      return { run, stats: updated };
    },
  };
}
