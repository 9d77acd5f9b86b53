import type { Graph, GraphNode } from "../../primitives/graph.js";
import { primitives } from "../../primitives/index.js";
import type { PrimitiveKind } from "../../primitives/primitive.js";
import { sameShape } from "../../shape.js";
import type { Reduction } from "./reduction.js";

/** An operation on whole rows of its operand. */
export type RowOperation = GraphNode & { readonly op: "argsort" | "fft" };

/** Passes ask for every node many times. */
const kinds: ReadonlyMap<string, PrimitiveKind> = new Map(
  Object.entries(primitives).map(([name, { kind }]) => [name, kind]),
);

export const kindOf = (node: GraphNode): PrimitiveKind => kinds.get(node.op)!;
export const isReduction = (node: GraphNode): node is Reduction => kindOf(node) === "reduction";
export const isContraction = (node: GraphNode): boolean => kindOf(node) === "contraction";
export const isOfRows = (node: GraphNode): node is RowOperation => kindOf(node) === "row";
/** Has commands of its own, and its results where those nodes say that take it apart. */
export const isProgram = (node: GraphNode): boolean => kindOf(node) === "program";
/** Whether it has a kernel of its own, which reads whole operands. */
export const readsWhole = (node: GraphNode): boolean => isContraction(node) || isOfRows(node);
export const isView = (node: GraphNode): boolean => kindOf(node) === "view";
/** Computes something per element, as opposed to moving it. */
export function isArithmetic(node: GraphNode): boolean {
  const kind = kindOf(node);
  return kind === "elementwise" || kind === "random";
}

/** Whether a reshape only inserts or removes axes of extent 1, which needs no index arithmetic. */
export function isSqueeze(from: readonly number[], to: readonly number[]): boolean {
  return sameShape(
    from.filter((extent) => extent !== 1),
    to.filter((extent) => extent !== 1),
  );
}

/** When stored, such a value is its operand's memory under another shape. */
export const isAlias = (node: GraphNode): boolean => node.op === "reshape" || node.op === "barrier";

/** Whether kernels cannot compute a value inside themselves: its index arithmetic is not theirs. */
export const needsMemory = (node: GraphNode, graph: Graph): boolean =>
  node.op === "barrier" ||
  (node.op === "reshape" && !isSqueeze(graph.nodes[node.inputs[0]!]!.shape, node.shape));
