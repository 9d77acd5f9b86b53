import type { Graph } from "../primitives/graph.js";

/** The members that JSON does not tell apart: it has no infinity, no NaN and no negative zero. Graphs and the numbers of a kernel among the parameters have them too. */
function unusual(params: object): string {
  let text = "";
  for (const [name, value] of Object.entries(params)) {
    if (name === "body" || name === "condition") text += `${name} ${unusualOf(value as Graph)}`;
    if (name === "parameters") text += `${name} ${unusual(value)}`;
    if (name === "branches") text += (value as readonly Graph[]).map(unusualOf).join("|");
    if (typeof value !== "number") continue;
    if (!Number.isFinite(value)) text += `${name}=${value};`;
    else if (Object.is(value, -0)) text += `${name}=-0;`;
  }
  return text;
}

/** A text that is equal for equal parameters of one operation. */
export const paramsKey = (params: object): string => JSON.stringify(params) + unusual(params);

/** The same for the parameters of every node. */
const unusualOf = ({ nodes }: Graph): string =>
  nodes
    .map(({ params }, id) => {
      const more = unusual(params);
      return more === "" ? "" : `${id} ${more}`;
    })
    .join("");

/** A text that is equal for equal graphs: for those that compute the same, however it is differentiated. */
export const graphKey = (graph: Graph): string =>
  JSON.stringify(graph, graph.nodes.some(mayHoldGradients) ? withoutGradients : undefined) + unusualOf(graph);

/** Whether gradients are among the parameters of a node, or of those of a graph that is. */
const mayHoldGradients = ({ op }: Graph["nodes"][number]): boolean =>
  op === "customVjp" || op === "scan" || op === "cond" || op === "whileLoop";

const withoutGradients = (name: string, value: unknown): unknown => (name === "backward" ? undefined : value);
