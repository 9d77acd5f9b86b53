import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { GlContext } from "../context/glContext.js";
import type { Texture } from "../context/texturePool.js";
import type { WebglProgram } from "../webglProgram.js";
import { condProgram } from "./cond.js";
import { kernelProgram } from "./kernel.js";
import { scanProgram } from "./scan.js";
import { whileProgram } from "./whileLoop.js";

/** A node that runs graphs of its own. */
export interface InnerProgram {
  readonly byteLength: number;
  reserve(): void;
  release(): void;
  /** Has the results computed in the textures of those that are used, by their numbers, from operands in textures. */
  run(operands: readonly Texture[], results: ReadonlyMap<number, Texture>): void;
}

export type CompileBody = (body: Graph) => Promise<WebglProgram>;

export async function innerProgram(
  { nodes }: Graph,
  id: number,
  context: GlContext,
  compile: CompileBody,
): Promise<InnerProgram> {
  const node: GraphNode = nodes[id]!;
  switch (node.op) {
    case "scan":
      return scanProgram(node, context, compile);
    case "cond":
      return condProgram(node, nodes[node.inputs[0]!]!, context, compile);
    case "whileLoop":
      return whileProgram(node, context, compile);
    case "kernel":
      return kernelProgram(
        node,
        node.inputs.map((input) => nodes[input]!),
        context,
      );
    default:
      throw new Error(`${node.op} is not a program`);
  }
}
