import { graphsOf } from "../../graph/graphsOf.js";
import type { Graph } from "../../primitives/graph.js";
import { compileGraph } from "./compileGraph.js";
import type { TileQuestion } from "./device/tileChoices.js";
import type { Device } from "./device.js";

/** A product for which there are several tiles, and the graph of it alone. */
export interface Measurable {
  readonly question: TileQuestion;
  readonly graph: Graph;
}

/** Every product of a graph for which there are several tiles, once. Those of the graphs that it runs, the body of a scan for one, ask the same question there as by themselves. */
export function questionsOf(graph: Graph, device: Device): Measurable[] {
  const found = new Map<string, Measurable>();
  const look = (within: Graph): void => {
    const { fused } = compileGraph(
      within,
      device,
      within.inputs.map(() => false),
    );
    for (const group of fused.groups) {
      if (group.kind === "program") graphsOf(fused.graph.nodes[group.program]!).forEach(look);
      if (group.kind !== "contraction") continue;
      const alone = extract(fused.graph, group.product);
      const questions = device.tiles.questions(() => void compileGraph(alone, device, [false, false]));
      for (const question of questions) {
        if (question.candidates.length > 1) found.set(question.product, { question, graph: alone });
      }
    }
  };
  look(graph);
  return [...found.values()];
}

/** The graph of one operation, its operands as inputs. */
function extract({ nodes }: Graph, id: number): Graph {
  const node = nodes[id]!;
  const operands = node.inputs.map((operand) => {
    const { shape, dtype } = nodes[operand]!;
    return { op: "input", inputs: [], params: {}, shape, dtype } as const;
  });
  const alone = { ...node, inputs: operands.map((_, k) => k) };
  return {
    nodes: [...operands, alone],
    inputs: operands.map((_, k) => k),
    outputs: [operands.length],
  };
}
