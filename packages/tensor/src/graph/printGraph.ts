import type { Graph } from "../primitives/graph.js";
import { formatShape } from "../shape.js";

/** Members that are printed otherwise. */
const elsewhere: ReadonlySet<string> = new Set(["shape", "dtype", "body"]);

const formatParams = (params: object): string =>
  Object.entries(params)
    .filter(([name]) => !elsewhere.has(name))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");

/** One line per operation: `%3 = add %1 %2 : f32 [4,5]`; the body of a scan stands below it, indented. */
export function printGraph(graph: Graph): string {
  const lines = graph.nodes.map((node, id) => {
    const { op, inputs, params, shape, dtype } = node;
    const line = `%${id} = ${op}${inputs.map((input) => ` %${input}`).join("")}${formatParams(params)} : ${dtype} ${formatShape(shape)}`;
    return node.op === "scan" ? `${line}\n${printGraph(node.params.body).replaceAll(/^/gm, "  ")}` : line;
  });
  return [...lines, `outputs: ${graph.outputs.map((output) => `%${output}`).join(" ")}`].join("\n");
}
