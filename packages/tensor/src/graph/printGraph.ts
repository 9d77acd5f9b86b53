import type { Graph } from "../primitives/graph.js";
import { formatShape } from "../shape.js";
import { graphsOf } from "./graphsOf.js";

/** Members that are printed otherwise. */
const elsewhere: ReadonlySet<string> = new Set(["shape", "dtype", "condition", "body", "branches"]);

const formatParams = (params: object): string =>
  Object.entries(params)
    .filter(([name]) => !elsewhere.has(name))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");

/** One line per operation: `%3 = add %1 %2 : f32 [4,5]`; the graphs of a program stand below it, indented. */
export function printGraph(graph: Graph): string {
  const lines = graph.nodes.map((node, id) => {
    const { op, inputs, params, shape, dtype } = node;
    const line = `%${id} = ${op}${inputs.map((input) => ` %${input}`).join("")}${formatParams(params)} : ${dtype} ${formatShape(shape)}`;
    return [line, ...graphsOf(node).map((inner) => printGraph(inner).replaceAll(/^/gm, "  "))].join("\n");
  });
  return [...lines, `outputs: ${graph.outputs.map((output) => `%${output}`).join(" ")}`].join("\n");
}
