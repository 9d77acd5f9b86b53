import type { Graph, GraphNode } from "../../../graph/graph.js";
import { primitives } from "../../../primitives/index.js";
import type { PrimitiveKind } from "../../../primitives/primitive.js";
import { type Shape, sameShape, sizeOf } from "../../../shape.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { partsBinding } from "../kernels/fold.js";
import { partsOf, type Reduction } from "../kernels/reduce.js";

/** What one kernel (or a short fixed row of kernels) computes. */
export type Group =
  /**
   * All outputs have one shape, but for axes of extent 1; every invocation computes one element of each. Reductions among them were left in parts by an earlier
   * group and are folded here.
   */
  | { readonly kind: "elementwise"; readonly outputs: number[] }
  /** Sums and maxima over the same axes of one shape, with the elementwise expressions of their operands inside the loop. */
  | { readonly kind: "reduce"; readonly outputs: number[]; readonly parts: number }
  /** A contraction, and what is computed from its elements where they are: `outputs`, of its shape, one of which may be the product itself. */
  | { readonly kind: "contraction"; readonly product: number; readonly outputs: readonly number[] };

export interface Fused {
  /** The graph, with an `identity` before each output that would otherwise share its memory. */
  readonly graph: Graph;
  /** In order of execution. */
  readonly groups: readonly Group[];
  /** Per node: the node whose buffer holds its value, or undefined where it only exists inside kernels. */
  readonly home: readonly (number | undefined)[];
}

export interface FuseOptions {
  readonly traits: AdapterTraits;
  /** Off: every operation that computes something gets a kernel of its own. */
  readonly enabled: boolean;
  /** Off: contractions store what they are, and what uses it gets a kernel of its own. */
  readonly epilogues: boolean;
}

const kindOf = (node: GraphNode): PrimitiveKind => primitives[node.op].kind;
const isReduction = (node: GraphNode): node is Reduction => kindOf(node) === "reduction";
const isContraction = (node: GraphNode): boolean => kindOf(node) === "contraction";
const isView = (node: GraphNode): boolean => kindOf(node) === "view";
/** Computes something per element, as opposed to moving it. */
const isArithmetic = (node: GraphNode): boolean =>
  kindOf(node) === "elementwise" || kindOf(node) === "random";

/** Whether a reshape only inserts or removes axes of extent 1, which needs no index arithmetic. */
export function isSqueeze(from: readonly number[], to: readonly number[]): boolean {
  return sameShape(
    from.filter((extent) => extent !== 1),
    to.filter((extent) => extent !== 1),
  );
}

/** When stored, such a value is its operand's memory under another shape. */
const isAlias = (node: GraphNode): boolean => node.op === "reshape" || node.op === "barrier";

/** Whether kernels cannot compute a value inside themselves: its index arithmetic is not theirs. */
const needsMemory = (node: GraphNode, graph: Graph): boolean =>
  node.op === "barrier" ||
  (node.op === "reshape" && !isSqueeze(graph.nodes[node.inputs[0]!]!.shape, node.shape));

/**
 * Decides which values live in memory and which only inside kernels, and which kernels there are.
 *
 * A value is kept in memory when something needs it as a whole (a contraction, a reshape, an output), or when computing it
 * again where it is used would cost more than reading it: it has several users and reads several values; a broadcast repeats
 * it; or several shifted views of it are taken. Everything else is computed where it is used.
 */
export function fuse(source: Graph, options: FuseOptions): Fused {
  const graph = separateOutputs(source);
  const maxBuffers = options.traits.limits.maxStorageBuffersPerShaderStage;
  const stored = chooseStored(graph, options);
  limitDepth(graph, stored);
  limitBuffers(graph, stored, maxBuffers - 1);
  const home: (number | undefined)[] = [];
  graph.nodes.forEach((node, id) => {
    if (!stored[id]) home.push(undefined);
    else home.push(isAlias(node) ? home[node.inputs[0]!] : id);
  });
  const groups = formGroups(graph, home, options);
  const { enabled, epilogues } = options;
  return {
    graph,
    groups: enabled && epilogues ? joinEpilogues(groups, graph, home, maxBuffers) : groups,
    home,
  };
}

/** Inserts an identity where an output is an input, or shares its memory with another output. */
function separateOutputs(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const rootOf = (id: number): number => {
    const node = nodes[id]!;
    return node.op === "reshape" || node.op === "barrier" ? rootOf(node.inputs[0]!) : id;
  };
  const claimed = new Set<number>(graph.inputs);
  const outputs = graph.outputs.map((output) => {
    const root = rootOf(output);
    if (!claimed.has(root)) {
      claimed.add(root);
      return output;
    }
    const { shape, dtype } = nodes[output]!;
    return nodes.push({ op: "identity", inputs: [output], params: {}, shape, dtype }) - 1;
  });
  return { nodes, inputs: graph.inputs, outputs };
}

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
    else if (node.op === "input" || isReduction(node) || isContraction(node)) cost[id] = 1;
    else if (node.op === "broadcast") cost[id] = operands * 0.05;
    else if (isArithmetic(node)) cost[id] = operands + arithmeticCost(node);
    else cost[id] = operands;
  });
  return cost;
}

/** Decides by what recomputation costs; then once more, as what is stored makes what is computed from it cheap. */
function chooseStored(graph: Graph, options: FuseOptions): boolean[] {
  const nothing = graph.nodes.map(() => false);
  const first = storedByCost(graph, options, recomputationCost(graph, nothing));
  return storedByCost(graph, options, recomputationCost(graph, first));
}

function storedByCost(graph: Graph, options: FuseOptions, cost: readonly number[]): boolean[] {
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
    if (node.op === "input" || isReduction(node) || isContraction(node)) {
      stored[id] = true;
    } else if (required.has(id) || (needsMemory(node, graph) && consumers[id]!.length > 0)) {
      stored[id] = true;
    } else if (isArithmetic(node) && cost[id]! > 0.5) {
      const shifted = consumers[id]!.some((consumer) => {
        const user = graph.nodes[consumer]!;
        return isView(user) && user.op !== "broadcast" && user.inputs[0] === id;
      });
      const repeated = consumers[id]!.some((consumer) => repeats(consumer, id));
      stored[id] =
        !options.enabled ||
        repeated ||
        (shifted && consumers[id]!.length > 1) ||
        (users[id]!.size > 1 && cost[id]! >= 1.5);
    }
    if (isContraction(node) || (stored[id] && isAlias(node))) {
      for (const operand of node.inputs) required.add(operand);
    }
  }
  return stored;
}

/** The stored values that computing `id` reads, and whether each is only read at the element that is computed. */
function readsOf(
  graph: Graph,
  home: readonly (number | undefined)[],
  id: number,
): Map<number, { readonly sameElement: boolean }> {
  const reads = new Map<number, { sameElement: boolean }>();
  const visited = new Set<string>();
  const visit = (node: number, sameElement: boolean): void => {
    const key = `${node} ${sameElement}`;
    if (visited.has(key)) return;
    visited.add(key);
    const place = home[node];
    if (place !== undefined && node !== id) {
      const direct = sameElement && place === node;
      const known = reads.get(place);
      reads.set(place, { sameElement: direct && (known?.sameElement ?? true) });
      return;
    }
    const computed = graph.nodes[node]!;
    // A reshape that is not stored only moves axes of extent 1.
    const moves = isView(computed) || kindOf(computed) === "random" || isReduction(computed);
    for (const operand of computed.inputs) visit(operand, sameElement && !moves);
  };
  visit(id, true);
  return reads;
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

/** Kernels of few elements are merged whether or not they read the same values: they cost what a dispatch costs. */
const smallSize = 4096;

function formGroups(graph: Graph, home: readonly (number | undefined)[], options: FuseOptions): Group[] {
  const maxBuffers = options.traits.limits.maxStorageBuffersPerShaderStage;
  const groups: Group[] = [];
  const groupOf = new Map<number, number>();
  /** Per elementwise group: every buffer that it reads or writes. */
  const buffers: Set<number>[] = [];

  graph.nodes.forEach((node, id) => {
    if (home[id] !== id || node.op === "input") return;
    const reads = readsOf(graph, home, id);
    let earliest = 0;
    for (const [read, { sameElement }] of reads) {
      const producer = groupOf.get(read);
      if (producer === undefined) continue;
      const joins = sameElement && !isContraction(node) && !isReduction(node);
      earliest = Math.max(earliest, joins ? producer : producer + 1);
    }
    if (isContraction(node)) {
      groupOf.set(id, groups.push({ kind: "contraction", product: id, outputs: [id] }) - 1);
      buffers.push(new Set());
      return;
    }
    const read = [...reads.keys()];
    if (!isReduction(node)) {
      groupOf.set(id, join("elementwise", earliest, id, read));
      return;
    }
    const reducing = join("reduce", earliest, id, read);
    const inParts = partsOf(node, graph.nodes[node.inputs[0]!]!.shape, options.traits) > 1;
    groupOf.set(id, inParts ? join("elementwise", reducing + 1, id, [partsBinding(id)]) : reducing);
  });
  return groups;

  /** Adds a node to a group that runs as early as `earliest` or later, a new one if need be, and returns its position. */
  function join(
    kind: "elementwise" | "reduce",
    earliest: number,
    id: number,
    reads: readonly number[],
  ): number {
    const node = graph.nodes[id]!;
    let position = options.enabled ? findGroup(kind, earliest, node, new Set([...reads, id])) : undefined;
    if (position === undefined) {
      const parts = isReduction(node)
        ? partsOf(node, graph.nodes[node.inputs[0]!]!.shape, options.traits)
        : 1;
      const group: Group = kind === "reduce" ? { kind, outputs: [id], parts } : { kind, outputs: [id] };
      position = groups.push(group) - 1;
      buffers.push(new Set());
    } else {
      (groups[position]!.outputs as number[]).push(id);
    }
    for (const buffer of [...reads, id]) buffers[position]!.add(buffer);
    return position;
  }

  function findGroup(
    kind: "elementwise" | "reduce",
    earliest: number,
    node: GraphNode,
    touched: ReadonlySet<number>,
  ): number | undefined {
    for (let g = groups.length - 1; g >= earliest; g--) {
      const group = groups[g]!;
      if (group.kind !== kind || !sameIteration(kind, graph.nodes[group.outputs[0]!]!, node)) continue;
      const union = new Set([...buffers[g]!, ...touched]);
      const shared = union.size < buffers[g]!.size + touched.size;
      const small = kind === "elementwise" && sizeOf(node.shape) <= smallSize;
      if (union.size <= maxBuffers && (shared || small)) return g;
    }
    return undefined;
  }

  function sameIteration(kind: "elementwise" | "reduce", a: GraphNode, b: GraphNode): boolean {
    if (kind === "elementwise") return isSqueeze(a.shape, b.shape);
    if (!isReduction(a) || !isReduction(b)) return false;
    const extents = (node: GraphNode): Shape => graph.nodes[node.inputs[0]!]!.shape;
    return sameShape(a.params.axes, b.params.axes) && sameShape(extents(a), extents(b));
  }
}

/** The stored values that a group reads, and whether each is only read at the element that is computed. */
export function readsOfGroup(
  group: Group,
  graph: Graph,
  home: readonly (number | undefined)[],
): Map<number, { sameElement: boolean }> {
  const all = new Map<number, { sameElement: boolean }>();
  const own = new Set<number>(group.outputs);
  if (group.kind === "contraction") {
    own.add(group.product);
    // Every element of the result needs many of the operands.
    for (const place of readsOf(graph, home, group.product).keys()) all.set(place, { sameElement: false });
  }
  for (const output of group.outputs) {
    // What is folded here was read by the kernel that left the parts.
    if (group.kind === "elementwise" && isReduction(graph.nodes[output]!)) continue;
    for (const [place, { sameElement }] of readsOf(graph, home, output)) {
      if (own.has(place)) continue;
      all.set(place, { sameElement: sameElement && (all.get(place)?.sameElement ?? true) });
    }
  }
  return all;
}

/**
 * Lets contractions compute what uses them, element by element: an elementwise group joins the last contraction that it reads, where that may wait for the group, or
 * where all else that the group reads is there before the contraction.
 */
function joinEpilogues(
  groups: readonly Group[],
  graph: Graph,
  home: readonly (number | undefined)[],
  maxBuffers: number,
): Group[] {
  const joined: (Group | undefined)[] = [...groups];
  /** Per group: where it went. */
  const position = groups.map((_, g) => g);
  const groupOf = new Map<number, number>();
  const readers = new Map<number, Set<number>>();
  const reads = groups.map((group, g) => {
    for (const output of group.outputs) groupOf.set(output, g);
    const all = readsOfGroup(group, graph, home);
    for (const place of all.keys()) readers.set(place, (readers.get(place) ?? new Set()).add(g));
    return all;
  });
  const isOutput = new Set(graph.outputs.map((output) => home[output]!));

  groups.forEach((group, g) => {
    if (group.kind !== "elementwise" || group.outputs.some((id) => isReduction(graph.nodes[id]!))) return;
    const { shape } = graph.nodes[group.outputs[0]!]!;
    const products = [...reads[g]!].flatMap(([place, { sameElement }]) => {
      const contraction = groups[groupOf.get(place) ?? -1];
      const free =
        contraction?.kind === "contraction" && joined[position[groupOf.get(place)!]!] === contraction;
      return sameElement && free && isSqueeze(graph.nodes[place]!.shape, shape) ? [place] : [];
    });
    const product = products.sort((a, b) => position[groupOf.get(b)!]! - position[groupOf.get(a)!]!)[0];
    if (product === undefined) return;
    const contraction = groupOf.get(product)!;
    const others = [...readers.get(product)!].filter((reader) => reader !== g);
    const before = (place: number): boolean => {
      const producer = groupOf.get(place);
      return producer === undefined || position[producer]! < position[contraction]!;
    };
    const waits = others.every((reader) => position[reader]! > g);
    if (!waits && ![...reads[g]!.keys()].every((place) => place === product || before(place))) return;
    const isKept = others.length > 0 || isOutput.has(product);
    const outputs = isKept ? [product, ...group.outputs] : group.outputs;
    const buffers = new Set([...reads[g]!.keys(), ...outputs]);
    if (!isKept) buffers.delete(product);
    // Beside the operands of the contraction.
    if (buffers.size + 2 > maxBuffers) return;
    const target = waits ? g : position[contraction]!;
    joined[position[contraction]!] = undefined;
    joined[g] = undefined;
    joined[target] = { kind: "contraction", product, outputs };
    position[contraction] = target;
    position[g] = target;
  });
  return joined.filter((group) => group !== undefined);
}
