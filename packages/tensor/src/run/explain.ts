import type { CompilerOptions, Executor } from "../executor.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { trace } from "../graph/trace.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";
import { boundedReach } from "./boundedReach.js";
import { chooseExecutor } from "./chooseExecutor.js";
import { expectPositions } from "./compile.js";
import { putConstants } from "./putConstants.js";

/**
 * What `compile(f)` would run for these arguments, as text: the graph as traced and simplified, the kernels it is fused into,
 * the commands, and the memory plan. Nothing is compiled or run.
 */
export function explain<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: CompilerOptions & { readonly donate?: readonly number[]; readonly device?: Executor } = {},
): (...args: A) => Promise<string> {
  const donate = expectPositions("explain", options.donate);
  return async (...args) => {
    const flat = args.map((arg, position) => flattenAt("explain", `argument ${position}`, arg));
    const { outputs, placeholders } = callWithPlaceholders("explain", f, args);
    const donated = flat.flatMap((tree, position) => tree.leaves.map(() => donate.has(position)));
    const reached = boundedReach(outputs, placeholders);
    const operands = flat.flatMap((tree) => tree.leaves);
    const device = await chooseExecutor("explain", [...operands, ...reached], options.device);
    await putConstants(reached, device);
    const { graph, leaves } = trace(outputs, placeholders);
    const mask = leaves.map((_, k) => donated[k] ?? false);
    return device.explain(graph, mask, options);
  };
}
