import type { Graph } from "../primitives/graph.js";

/** The members that JSON does not tell apart: it has no infinity, no NaN and no negative zero. */
function unusual(params: object): string {
  let text = "";
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== "number") continue;
    if (!Number.isFinite(value)) text += `${name}=${value};`;
    else if (Object.is(value, -0)) text += `${name}=-0;`;
  }
  return text;
}

/** A text that is equal for equal parameters of one operation. */
export const paramsKey = (params: object): string => JSON.stringify(params) + unusual(params);

/** A text that is equal for equal graphs. */
export function graphKey(graph: Graph): string {
  let text = JSON.stringify(graph);
  graph.nodes.forEach(({ params }, id) => {
    const more = unusual(params);
    if (more !== "") text += `${id} ${more}`;
  });
  return text;
}
