import type { GraphNode } from "../../primitives/graph.js";
import { whileResults } from "../../primitives/whileLoop.js";
import type { Aval } from "../../shape.js";

/** What a loop whose turns a host starts needs memory for: two places for each carry, and one for what the condition says. */
export function whilePlaces(params: (GraphNode & { readonly op: "whileLoop" })["params"]): Aval[] {
  const carried = whileResults(params);
  return [...carried, ...carried, { shape: [], dtype: "bool" }];
}
