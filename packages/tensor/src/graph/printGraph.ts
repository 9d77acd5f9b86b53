import type { Graph } from "../primitives/graph.js";
import { formatShape } from "../shape.js";

const formatParams = (params: object): string =>
  Object.entries(params)
    .filter(([name]) => name !== "shape" && name !== "dtype")
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");

/** One line per operation: `%3 = add %1 %2 : f32 [4,5]`. */
export function printGraph(graph: Graph): string {
  const lines = graph.nodes.map(
    ({ op, inputs, params, shape, dtype }, id) =>
      `%${id} = ${op}${inputs.map((input) => ` %${input}`).join("")}${formatParams(params)} : ${dtype} ${formatShape(shape)}`,
  );
  return [...lines, `outputs: ${graph.outputs.map((output) => `%${output}`).join(" ")}`].join("\n");
}
