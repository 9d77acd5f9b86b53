import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { Heap } from "../heap.js";
import type { WasmProgram } from "../wasmProgram.js";
import { condProgram } from "./cond.js";
import { kernelProgram } from "./kernel.js";
import { scanProgram } from "./scan.js";
import { whileProgram } from "./whileLoop.js";

/** A node that runs graphs of its own. */
export interface InnerProgram {
  readonly byteLength: number;
  reserve(): void;
  release(): void;
  /** Computes the results at the addresses of those that are used, by their numbers, from operands at addresses. */
  run(operands: readonly number[], results: ReadonlyMap<number, number>): void;
}

export type CompileBody = (body: Graph) => Promise<WasmProgram>;

export async function innerProgram(
  { nodes }: Graph,
  id: number,
  heap: Heap,
  compile: CompileBody,
): Promise<InnerProgram> {
  const node: GraphNode = nodes[id]!;
  switch (node.op) {
    case "scan":
      return scanProgram(node, heap, compile);
    case "cond":
      return condProgram(node, nodes[node.inputs[0]!]!, heap, compile);
    case "whileLoop":
      return whileProgram(node, heap, compile);
    case "kernel":
      return kernelProgram(
        node,
        node.inputs.map((input) => nodes[input]!),
        heap,
      );
    default:
      throw new Error(`${node.op} is not a program`);
  }
}
