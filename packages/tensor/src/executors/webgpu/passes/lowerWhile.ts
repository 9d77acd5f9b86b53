import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { whileResults } from "../../../primitives/whileLoop.js";
import type { Aval } from "../../../shape.js";
import type { Group } from "../../fusion/group.js";
import { usedResults } from "../../fusion/usedResults.js";
import type { Loop, ProgramStep, Resource } from "../kernels/step.js";
import { gated } from "./gated.js";
import type { LowerOptions } from "./lower.js";
import type { Resources } from "./resources.js";
import { splice } from "./splice.js";
import { splitInvariant } from "./splitInvariant.js";

/**
 * A loop of as many turns as there can be, whose commands run as long as the condition held after the turn before. How many that are is not known here, so the state stays where it is: a turn writes over it, at once where each
 * element is made from its own, else when it is complete.
 */
export function lowerWhile(
  group: Group & { readonly kind: "program" },
  graph: Graph,
  g: number,
  resources: Resources,
  { inPlace, lowerBody }: Pick<LowerOptions, "inPlace" | "lowerBody">,
): ProgramStep[] {
  const { inputs, params } = graph.nodes[group.program] as GraphNode & { readonly op: "whileLoop" };
  const { condition, body, constants, maxSteps } = params;
  const avals = whileResults(params);
  const used = usedResults(group.outputs, graph);

  const state = avals.map((aval, k): Resource => {
    const operand = inputs[constants + k]!;
    const initial = resources.of(operand);
    const id = used.get(k);
    if (inPlace && resources.isSpentAlone(operand, inputs, g)) {
      if (id === undefined) return initial;
      resources.takeOverOperand(id, operand, g);
    }
    return id === undefined ? resources.scratch(aval) : resources.of(id);
  });
  const initial = (k: number): Resource => resources.of(inputs[constants + k]!);
  const operand = (k: number): Resource => (k < constants ? resources.of(inputs[k]!) : state[k - constants]!);
  /** The commands that bring states, given by number, from elsewhere to their places. */
  const bring = (moved: readonly number[], from: (k: number) => Resource): readonly ProgramStep[] =>
    moved.length === 0
      ? []
      : splice(lowerBody(copying(moved.map((k) => avals[k]!))), resources, {
          operand: (i) => from(moved[i]!),
          result: (i) => state[moved[i]!]!,
        }).steps;

  const all = [...avals.keys()];
  const arrive = bring(
    all.filter((k) => initial(k) !== state[k]),
    initial,
  );
  const verdict = resources.scratch({ shape: [], dtype: "bool" });
  const ask = splice(lowerBody(condition), resources, { operand, result: () => verdict }).steps;

  const turn = turnOf(body, condition, constants);
  const lowered = lowerBody(turn, { donated: turn.inputs.map((_, k) => inPlace && k < avals.length) });
  const stays = (k: number): boolean => lowered.resources[lowered.outputs[k]!]!.kind === "input";
  const next = all.map((k) => (stays(k) ? state[k]! : resources.scratch(avals[k]!)));
  const { steps, own } = splice(lowered, resources, {
    operand: (k) => (k < avals.length ? state[k]! : operand(k - avals.length)),
    result: (k) => (k < avals.length ? next[k]! : verdict),
  });
  const changing = new Set([...state, ...next, verdict]);
  const { before, inside, lasting } = splitInvariant(steps, own, changing);
  const leave = bring(
    all.filter((k) => !stays(k)),
    (k) => next[k]!,
  );
  const { open, branches, gate } = gated(verdict, [[], [...inside, ...leave]], resources);
  const loop: Loop = {
    kind: "loop",
    length: maxSteps,
    reverse: false,
    steps: [...branches[1]!, open],
    carried: [],
    throughout: [...new Set([...state, ...lasting, verdict, gate])],
  };
  return [...arrive, ...before, ...ask, open, loop];
}

/** A graph whose outputs are its inputs. */
function copying(avals: readonly Aval[]): Graph {
  const nodes = avals.map(
    ({ shape, dtype }): GraphNode => ({ op: "input", inputs: [], params: {}, shape, dtype }),
  );
  const ids = [...nodes.keys()];
  return { nodes, inputs: ids, outputs: ids };
}

/** A turn, and whether there is to be another one, of the states and then the constants: what goes in and comes out at one position may be one place. */
function turnOf(body: Graph, condition: Graph, constants: number): Graph {
  const nodes = [...body.nodes];
  const to = new Map(
    condition.inputs.map((id, k) => [id, k < constants ? body.inputs[k]! : body.outputs[k - constants]!]),
  );
  condition.nodes.forEach((node, id) => {
    if (to.has(id)) return;
    // The same operation on the same operands, which have other numbers.
    const copy = { ...node, inputs: node.inputs.map((operand) => to.get(operand)!) } as GraphNode;
    to.set(id, nodes.push(copy) - 1);
  });
  return {
    nodes,
    inputs: [...body.inputs.slice(constants), ...body.inputs.slice(0, constants)],
    outputs: [...body.outputs, to.get(condition.outputs[0]!)!],
  };
}
