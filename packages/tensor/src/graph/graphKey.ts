import type { Graph, GraphNode } from "../primitives/graph.js";

/** Numbers that JSON does not tell apart: it has no infinity, no NaN and no negative zero. */
function unusualNumbers(members: object): string {
  let text = "";
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== "number") continue;
    if (!Number.isFinite(value)) text += `${name}=${value};`;
    else if (Object.is(value, -0)) text += `${name}=-0;`;
  }
  return text;
}

/** Those of a node's parameters, with those of graphs and of a kernel's numbers among them. */
function unusual({ op, params }: GraphNode): string {
  switch (op) {
    case "scan":
      return unusualOf(params.body);
    case "whileLoop":
      return `${unusualNumbers(params)}condition ${unusualOf(params.condition)}body ${unusualOf(params.body)}`;
    case "cond":
      return params.branches.map(unusualOf).join("|");
    case "kernel":
      return unusualNumbers(params.parameters);
    default:
      return unusualNumbers(params);
  }
}

/** The same for every node. */
const unusualOf = ({ nodes }: Graph): string =>
  nodes
    .map((node, id) => {
      const more = unusual(node);
      return more === "" ? "" : `${id} ${more}`;
    })
    .join("");

/** A text that is equal for equal parameters of one operation. */
export const paramsKey = (node: GraphNode): string => JSON.stringify(node.params) + unusual(node);

/** A text that is equal for equal graphs: for those that compute the same, however it is differentiated. */
export const graphKey = (graph: Graph): string =>
  JSON.stringify(graph, graph.nodes.some(mayHoldGradients) ? withoutGradients : undefined) + unusualOf(graph);

/** Whether gradients are among the parameters of a node, or of those of a graph that is. */
const mayHoldGradients = ({ op }: GraphNode): boolean =>
  op === "customVjp" || op === "scan" || op === "cond" || op === "whileLoop";

/** Leaves out the parameters of `customVjp`, which are functions; those of kernels go by any name. JSON hands a replacer the object that has the member as `this`. */
function withoutGradients(this: { readonly op?: unknown }, name: string, value: unknown): unknown {
  return name === "params" && this.op === "customVjp" ? {} : value;
}
