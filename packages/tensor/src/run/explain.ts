import type { Tensor } from "../tensor.js";
import type { Tree } from "../tree.js";
import { expectPositions } from "./compile.js";
import { type TraceOptions, traceCall } from "./traceCall.js";

/**
 * What `compile(f)` would run for these arguments, as text: the graph as traced and simplified, the kernels it is fused into,
 * the commands, and the memory plan. Nothing is compiled or run.
 */
export function explain<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: TraceOptions = {},
): (...args: A) => Promise<string> {
  expectPositions("explain", options.donate);
  return async (...args) => {
    const { graph, donated, device } = await traceCall("explain", f, args, options);
    return device.explain(graph, donated, options);
  };
}
