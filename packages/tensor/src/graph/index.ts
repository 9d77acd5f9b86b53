export type { Graph, GraphNode } from "../primitives/graph.js";
export { resultParams } from "../primitives/scan.js";
export { applyScan } from "./applyScan.js";
export { type ClosedGraph, closeOver } from "./closeOver.js";
export { printGraph } from "./printGraph.js";
export { prune } from "./prune.js";
export { reach } from "./reach.js";
export { simplify } from "./simplify.js";
export { type TracedFunction, traceFunction } from "./traceFunction.js";
