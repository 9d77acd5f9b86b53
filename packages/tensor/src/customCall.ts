import type { Tensor } from "./tensor.js";

/**
 * What the `customVjp` nodes of one call share. A call with several results is one node per result, created one after the other,
 * with the inputs [value, ...args, ...captured]; they are differentiated together. Args and results are taken from the nodes, never from
 * a closure, so that a copy of the nodes with other inputs has the copy's gradient: results that have no nodes, integers and bools, are among the args.
 */
export interface CustomCall {
  /** The function that made it, for error messages. */
  readonly name: string;
  readonly argumentCount: number;
  /** The nodes of this call; filled as they are made. */
  readonly results: Tensor[];
  /**
   * The gradients of the args, undefined where there is none. A cotangent is undefined where nothing depends on that
   * result; at least one is given.
   */
  readonly backward: (
    args: readonly Tensor[],
    results: readonly Tensor[],
    cotangents: readonly (Tensor | undefined)[],
  ) => readonly (Tensor | undefined)[];
}
