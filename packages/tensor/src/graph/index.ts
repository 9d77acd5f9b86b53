export type { Graph, GraphNode } from "../primitives/graph.js";
export { printGraph } from "./printGraph.js";
export { prune } from "./prune.js";
export { reach } from "./reach.js";
export { simplify } from "./simplify.js";
export { type TracedFunction, traceFunction } from "./traceFunction.js";
