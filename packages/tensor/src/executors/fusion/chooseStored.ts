import type { Graph, GraphNode } from "../../primitives/graph.js";
import { primitives } from "../../primitives/index.js";
import { sizeOf } from "../../shape.js";
import {
  isAlias,
  isArithmetic,
  isProgram,
  isReduction,
  isView,
  needsMemory,
  readsWhole,
} from "./nodeKinds.js";

function consumersOf(graph: Graph): number[][] {
  const consumers: number[][] = graph.nodes.map(() => []);
  graph.nodes.forEach((node, id) => {
    for (const operand of node.inputs) consumers[operand]!.push(id);
  });
  return consumers;
}

/** What an operation costs beside reading an element of memory, which costs 1. */
const arithmeticCost = (node: GraphNode): number => {
  const primitive = primitives[node.op];
  if (primitive.kind === "random") return 3;
  return primitive.kind === "elementwise" && primitive.cost === "transcendental" ? 0.3 : 0.03;
};

/**
 * Roughly how many full-size reads computing each value takes, given what is stored. What a broadcast repeats is read before the
 * loop, or hits a cache.
 */
function recomputationCost(graph: Graph, stored: readonly boolean[]): number[] {
  const cost: number[] = [];
  const reading = (id: number): number => (stored[id] ? 1 : cost[id]!);
  graph.nodes.forEach((node, id) => {
    const operands = node.inputs.reduce((total, operand) => total + reading(operand), 0);
    if (node.op === "full" || node.op === "iota") cost[id] = 0;
    else if (node.op === "input" || node.op === "result" || isReduction(node) || readsWhole(node))
      cost[id] = 1;
    else if (node.op === "broadcast") cost[id] = operands * 0.05;
    else if (isArithmetic(node)) cost[id] = operands + arithmeticCost(node);
    else if (node.op === "concat") {
      // Each element is one of one operand's.
      const total = node.inputs.reduce(
        (sum, operand) => sum + reading(operand) * sizeOf(graph.nodes[operand]!.shape),
        0,
      );
      cost[id] = total / Math.max(1, sizeOf(node.shape));
    } else cost[id] = operands;
  });
  return cost;
}

/**
 * Per node, whether its value is kept in memory: by what recomputation costs; then once more, as what is stored makes what is computed from it cheap; and so that no
 * kernel is too large or reads more than `limit` buffers. Not `enabled`, every operation that computes something is stored.
 */
export function chooseStored(graph: Graph, enabled: boolean, limit: number): boolean[] {
  const nothing = graph.nodes.map(() => false);
  const first = storedByCost(graph, enabled, recomputationCost(graph, nothing));
  const stored = storedByCost(graph, enabled, recomputationCost(graph, first));
  limitDepth(graph, stored);
  limitBuffers(graph, stored, limit);
  return stored;
}

function storedByCost(graph: Graph, enabled: boolean, cost: readonly number[]): boolean[] {
  const consumers = consumersOf(graph);
  const stored = graph.nodes.map(() => false);
  const required = new Set<number>(graph.outputs);
  /** The kernels that compute each value inside themselves. */
  const users: Set<number>[] = graph.nodes.map(() => new Set());

  /** Whether `user` takes elements of `operand` more often than there are, also through a change of shape alone. */
  const repeats = (user: number, operand: number): boolean => {
    const node = graph.nodes[user]!;
    if (node.op === "reshape" && !needsMemory(node, graph)) {
      return consumers[user]!.some((consumer) => repeats(consumer, user));
    }
    const grows = sizeOf(node.shape) > sizeOf(graph.nodes[operand]!.shape);
    return (node.op === "broadcast" || (node.op === "gather" && node.inputs[0] === operand)) && grows;
  };

  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id]!;
    for (const consumer of consumers[id]!) {
      if (stored[consumer]) users[id]!.add(consumer);
      else for (const user of users[consumer]!) users[id]!.add(user);
    }
    if (node.op === "input" || node.op === "result" || isReduction(node) || readsWhole(node)) {
      stored[id] = true;
    } else if (required.has(id) || (needsMemory(node, graph) && consumers[id]!.length > 0)) {
      stored[id] = true;
    } else if (enabled && node.op === "concat" && cost[id]! >= 1.5 && users[id]!.size > 1) {
      // Each of its users would compute all that it is made of.
      stored[id] = true;
    } else if (isArithmetic(node) && cost[id]! > 0.5) {
      const shifted = consumers[id]!.some((consumer) => {
        const user = graph.nodes[consumer]!;
        return isView(user) && user.op !== "broadcast" && user.inputs[0] === id;
      });
      const repeated = consumers[id]!.some((consumer) => repeats(consumer, id));
      stored[id] =
        !enabled ||
        repeated ||
        (shifted && consumers[id]!.length > 1) ||
        (users[id]!.size > 1 && cost[id]! >= 1.5);
    }
    if (readsWhole(node) || isProgram(node) || (stored[id] && isAlias(node))) {
      for (const operand of node.inputs) required.add(operand);
    }
  }
  return stored;
}

/** Longer expressions would make kernels too large to compile. */
const maxDepth = 256;

/** Stores a value now and then along a long chain of operations. */
function limitDepth(graph: Graph, stored: boolean[]): void {
  const depth: number[] = [];
  graph.nodes.forEach((node, id) => {
    depth.push(1 + Math.max(0, ...node.inputs.map((operand) => (stored[operand] ? 0 : depth[operand]!))));
    if (depth[id]! > maxDepth && isArithmetic(node)) stored[id] = true;
  });
}

/** Stores more values where an expression would read more buffers than a kernel can bind. */
function limitBuffers(graph: Graph, stored: boolean[], limit: number): void {
  const reads: Set<number>[] = [];
  /** A view without memory of its own needs its operand's. */
  const store = (id: number): void => {
    stored[id] = true;
    const node = graph.nodes[id]!;
    if (isAlias(node)) store(node.inputs[0]!);
  };
  for (const node of graph.nodes) {
    const mine = new Set<number>();
    if (isProgram(node)) {
      // What it reads is bound to kernels of its own.
      reads.push(mine);
      continue;
    }
    for (const operand of node.inputs) {
      if (stored[operand]) mine.add(operand);
      else for (const read of reads[operand]!) mine.add(read);
    }
    while (mine.size > limit) {
      const widest = node.inputs
        .filter((operand) => !stored[operand])
        .sort((a, b) => reads[b]!.size - reads[a]!.size)[0];
      if (widest === undefined || reads[widest]!.size < 2) {
        throw new Error(
          `${node.op}: ${mine.size} operands, but a kernel on this adapter reads at most ${limit}; combine fewer at once`,
        );
      }
      store(widest);
      mine.clear();
      for (const operand of node.inputs) {
        if (stored[operand]) mine.add(operand);
        else for (const read of reads[operand]!) mine.add(read);
      }
    }
    reads.push(mine);
  }
}
