import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { scanResults } from "../../../primitives/scan.js";
import type { Group } from "../../fusion/group.js";
import { usedResults } from "../../fusion/usedResults.js";
import type { Carried, Loop, ProgramStep, Resource } from "../kernels/step.js";
import { effectsOf } from "./effectsOf.js";
import type { LowerBody } from "./lower.js";
import type { Resources } from "./resources.js";
import { splice } from "./splice.js";
import { splitInvariant } from "./splitInvariant.js";

type Scan = GraphNode & { readonly op: "scan" };

export interface ScanOptions {
  /** Whether the state may be written to where it comes from, if nobody needs that any more. */
  readonly inPlace: boolean;
  readonly lowerBody: LowerBody;
}

/**
 * A scan as a loop over the commands of its body. They read and write stacked values where these lie, at the element that the number of the turn names; the state moves between two
 * places and ends where the result is to be. Commands that compute the same in every turn run once, before.
 */
export function lowerScan(
  group: Group & { readonly kind: "program" },
  graph: Graph,
  g: number,
  resources: Resources,
  { inPlace, lowerBody }: ScanOptions,
): ProgramStep[] {
  const node = graph.nodes[group.program] as Scan;
  const { body, constants, carries, length, reverse } = node.params;
  const results = scanResults(node.params);
  const used = usedResults(group.outputs, graph);
  const stacked = body.outputs.flatMap((_, k) => (k >= carries && used.has(k) ? [k] : []));
  const kept = [...Array.from({ length: carries }, (_, k) => k), ...stacked];
  const inner = withWholeOperands({ ...body, outputs: kept.map((k) => body.outputs[k]!) }, node.params);
  const lowered = lowerBody(inner, { body: { turn: inner.inputs.length - 1, stackedFrom: carries } });

  const scratch = (k: number): Resource => resources.scratch(results[k]!);
  const carried = results.slice(0, carries).map((_, k): Carried => {
    const operand = node.inputs[constants + k]!;
    const initial = resources.of(operand);
    const isSpent = inPlace && resources.isSpentAlone(operand, node.inputs, g);
    const id = used.get(k);
    // After an even number of turns, the state is where it was at first; after an odd number, it was there one turn before.
    if (isSpent && id !== undefined && length % 2 === 0) resources.takeOverOperand(id, operand, g);
    const final = id === undefined ? scratch(k) : resources.of(id);
    const free = isSpent && final !== initial && length % 2 === 1;
    return {
      initial,
      final,
      between: length === 1 ? final : free ? initial : scratch(k),
      now: resources.add({ kind: "carried" }),
      next: resources.add({ kind: "carried" }),
    };
  });
  // What no command reads takes no memory.
  const readsTurn = [...effectsOf(lowered.steps).named].some((resource) => {
    const spec = lowered.resources[resource]!;
    return spec.kind === "input" && spec.index === inner.inputs.length - 1;
  });
  const turn = resources.add({ kind: "turn", length: readsTurn ? length : 0 });
  const operand = (index: number): Resource =>
    index === inner.inputs.length - 1
      ? turn
      : index >= constants && index < constants + carries
        ? carried[index - constants]!.now
        : resources.of(node.inputs[index]!);

  const { steps, own } = splice(lowered, resources, {
    operand,
    result: (k) => (k < carries ? carried[k]!.next : resources.of(used.get(kept[k]!)!)),
    turn,
  });
  const changing = new Set<Resource>([turn, ...carried.flatMap(({ now, next }) => [now, next])]);
  const { before, inside, lasting } = splitInvariant(steps, own, changing);
  const places = carried.flatMap(({ initial, final, between }) => [initial, final, between]);
  const throughout = [...new Set([...places, ...lasting])];
  const loop: Loop = { kind: "loop", length, reverse, steps: inside, carried, throughout };
  return [...before, loop];
}

/** The body with its stacked operands whole, of which it takes the elements of the turn: its last input. */
function withWholeOperands(
  { nodes, inputs, outputs }: Graph,
  { constants, carries, length }: Scan["params"],
): Graph {
  const first = constants + carries;
  const added: GraphNode[] = inputs.slice(first).map((id) => {
    const { shape, dtype } = nodes[id]!;
    return { op: "input", inputs: [], params: {}, shape: [length, ...shape], dtype };
  });
  const turn = added.push({ op: "input", inputs: [], params: {}, shape: [], dtype: "i32" }) - 1;
  const shifted = nodes.map(
    // The same operation on the same operands, which have other numbers.
    (node) => ({ ...node, inputs: node.inputs.map((id) => id + added.length) }) as GraphNode,
  );
  inputs.slice(first).forEach((id, k) => {
    const { shape, dtype } = nodes[id]!;
    shifted[id] = { op: "gather", inputs: [k, turn], params: { axis: 0 }, shape, dtype };
  });
  return {
    nodes: [...added, ...shifted],
    inputs: [...inputs.slice(0, first).map((id) => id + added.length), ...added.keys()],
    outputs: outputs.map((id) => id + added.length),
  };
}
