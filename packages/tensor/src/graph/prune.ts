import type { Graph, GraphNode } from "../primitives/graph.js";

/** Drops the nodes that neither an output needs nor is an input. */
export function prune(graph: Graph): Graph {
  const live = new Set<number>(graph.inputs);
  const stack = [...graph.outputs];
  while (stack.length > 0) {
    const id = stack.pop()!;
    if (live.has(id)) continue;
    live.add(id);
    stack.push(...graph.nodes[id]!.inputs);
  }
  const renamed = new Map<number, number>();
  const nodes: GraphNode[] = [];
  graph.nodes.forEach((node, id) => {
    if (!live.has(id)) return;
    renamed.set(id, nodes.length);
    nodes.push({ ...node, inputs: node.inputs.map((input) => renamed.get(input)!) });
  });
  const rename = (id: number): number => renamed.get(id)!;
  return { nodes, inputs: graph.inputs.map(rename), outputs: graph.outputs.map(rename) };
}
