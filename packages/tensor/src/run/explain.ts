import type { Device } from "../executors/webgpu/device/device.js";
import { printGraph, printGroups, printPlan, printSteps } from "../executors/webgpu/passes/print.js";
import { type CompilerOptions, compileGraph } from "../executors/webgpu/program.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { reach, trace } from "../graph/trace.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";
import { expectPositions } from "./compile.js";
import { chooseDevice, uploadConstants } from "./evaluate.js";

/**
 * What `compile(f)` would run for these arguments, as text: the graph as traced and simplified, the kernels it is fused into,
 * the commands, and the memory plan. Nothing is compiled or run.
 */
export function explain<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: CompilerOptions & { readonly donate?: readonly number[]; readonly device?: Device } = {},
): (...args: A) => Promise<string> {
  const donate = expectPositions("explain", options.donate);
  return async (...args) => {
    const flat = args.map((arg, position) => flattenAt("explain", `argument ${position}`, arg));
    const { outputs, placeholders } = callWithPlaceholders("explain", f, args);
    const donated = flat.flatMap((tree, position) => tree.leaves.map(() => donate.has(position)));
    const reached = reach(outputs, placeholders);
    const operands = flat.flatMap((tree) => tree.leaves);
    const device = await chooseDevice("explain", [...operands, ...reached], options.device);
    await uploadConstants(reached, device);
    const { graph, leaves } = trace(outputs, placeholders);
    const { fused, lowered, plan } = compileGraph(
      graph,
      device,
      leaves.map((_, k) => donated[k] ?? false),
      options,
    );
    return [
      `graph, ${graph.nodes.length} operations as traced\n${printGraph(fused.graph)}`,
      `${fused.groups.length} kernels\n${printGroups(fused)}`,
      `${lowered.steps.length} commands on ${device}\n${printSteps(lowered, plan)}`,
      `memory\n${printPlan(plan)}`,
    ].join("\n\n");
  };
}
