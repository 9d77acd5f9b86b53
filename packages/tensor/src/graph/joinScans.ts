import type { Graph, GraphNode } from "../primitives/graph.js";
import { placesOf, totalSize } from "../primitives/result.js";
import { scanResults } from "../primitives/scan.js";
import { simplify } from "./simplify.js";

type Scan = GraphNode & { readonly op: "scan" };

/**
 * The graph with one scan in place of several that take the same states through the same values: that of a gradient, which wants to know more of each turn than the function itself
 * did, and the function's. A scan that has the states of an earlier one leaves its further results to it.
 */
export function joinScans(graph: Graph): Graph {
  const first = new Map<string, number>();
  const nodes: GraphNode[] = [...graph.nodes];
  /** Where a scan's results are now. */
  const moved = new Map<number, { readonly scan: number; readonly index: readonly number[] }>();
  graph.nodes.forEach((node, id) => {
    if (node.op !== "scan") return;
    const { constants, carries, length, reverse } = node.params;
    const key = [node.inputs, constants, carries, length, reverse].join(" ");
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, id);
      return;
    }
    const joined = join(nodes[earlier] as Scan, node);
    if (!joined) return;
    nodes[earlier] = joined.scan;
    moved.set(id, { scan: earlier, index: joined.index });
  });
  if (moved.size === 0) return graph;
  return {
    ...graph,
    nodes: nodes.map((node): GraphNode => {
      const to = node.op === "result" ? moved.get(node.inputs[0]!) : undefined;
      if (node.op !== "result" || !to) return node;
      const params = placesOf(scanResults((nodes[to.scan] as Scan).params))[to.index[node.params.index]!]!;
      return { ...node, inputs: [to.scan], params };
    }),
  };
}

/** One scan with the results of both, those of `b` where `index` says; undefined where their states are not the same. */
function join(a: Scan, b: Scan): { readonly scan: Scan; readonly index: readonly number[] } | undefined {
  const { carries } = a.params;
  const both = sideBySide(a.params.body, b.params.body);
  const count = a.params.body.outputs.length;
  const ofA = both.outputs.slice(0, count);
  const ofB = both.outputs.slice(count);
  if (ofA.slice(0, carries).some((output, k) => output !== ofB[k])) return undefined;
  const outputs = [...ofA];
  const index = ofB.map((output, k) => {
    if (k < carries) return k;
    const known = outputs.indexOf(output, carries);
    return known >= 0 ? known : outputs.push(output) - 1;
  });
  const params = { ...a.params, body: { ...both, outputs } };
  return { scan: { ...a, params, shape: [totalSize(scanResults(params))] }, index };
}

/** Two graphs of the same inputs as one, in which what both compute is computed once. */
function sideBySide(a: Graph, b: Graph): Graph {
  const to = new Map(b.inputs.map((id, k) => [id, a.inputs[k]!]));
  const nodes = [...a.nodes];
  b.nodes.forEach((node, id) => {
    if (to.has(id)) return;
    // The same operation on the same operands, which have other numbers.
    const copy = { ...node, inputs: node.inputs.map((input) => to.get(input)!) } as GraphNode;
    to.set(id, nodes.push(copy) - 1);
  });
  return simplify({
    nodes,
    inputs: a.inputs,
    outputs: [...a.outputs, ...b.outputs.map((id) => to.get(id)!)],
  });
}
