import type { CompilerOptions, Executor } from "../executor.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { trace } from "../graph/trace.js";
import type { Graph } from "../primitives/graph.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";
import { boundedReach } from "./boundedReach.js";
import { chooseExecutor } from "./chooseExecutor.js";
import { expectPositions } from "./compile.js";
import { putConstants } from "./putConstants.js";

/** What `compile` would be told, for what is only to be looked at. */
export type TraceOptions = CompilerOptions & {
  readonly donate?: readonly number[];
  readonly device?: Executor;
};

/** A function of trees of tensors, traced for the arguments of one call. */
export interface TracedCall {
  readonly graph: Graph;
  /** For each input of the graph, whether results may take over its memory. */
  readonly donated: readonly boolean[];
  readonly device: Executor;
}

/** What `compile(f)` would hand to an executor for these arguments, and to which. Nothing is compiled or run. */
export async function traceCall<A extends readonly Tree<Tensor>[]>(
  op: string,
  f: (...args: A) => Tree<Tensor>,
  args: A,
  { donate, device: asked }: TraceOptions,
): Promise<TracedCall> {
  const positions = expectPositions(op, donate);
  const flat = args.map((arg, position) => flattenAt(op, `argument ${position}`, arg));
  const { outputs, placeholders } = callWithPlaceholders(op, f, args);
  const given = flat.flatMap((tree, position) => tree.leaves.map(() => positions.has(position)));
  const reached = boundedReach(outputs, placeholders);
  const operands = flat.flatMap((tree) => tree.leaves);
  const device = await chooseExecutor(op, [...operands, ...reached], asked);
  await putConstants(reached, device);
  const { graph, leaves } = trace(outputs, placeholders);
  return { graph, donated: leaves.map((_, k) => given[k] ?? false), device };
}
