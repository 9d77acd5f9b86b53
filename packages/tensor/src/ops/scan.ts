import { applyScan } from "../graph/applyProgram.js";
import { closeOver } from "../graph/closeOver.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { describe, expectOptions, show } from "../primitives/expect.js";
import { input, type Tensor } from "../tensor.js";
import { flattenAt, leavesWithPaths, type Tree, type TreeStructure, unflatten } from "../tree.js";
import { concat, stack } from "./concat.js";
import { zeros } from "./creation.js";
import { expectCarry, nameOf } from "./expectCarry.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

export interface ScanOptions {
  /** Number of turns; by default the extent of the first axis of the leaves of `xs`, which it has to be where there are any. */
  readonly length?: number;
  /** From the last element to the first; `ys` stand where their `xs` do. Default false. */
  readonly reverse?: boolean;
  /** Turns that are written out in one, for less overhead and more fusion at the price of larger kernels to compile. Default 1. */
  readonly unroll?: number;
}

/** One turn: the state that goes in becomes the state that comes out, and leaves something behind. */
export type ScanBody<Carry, X, Y> = (carry: Carry, x: X) => { readonly carry: Carry; readonly y: Y };

/**
 * A recurrence (JAX's `lax.scan`): `f` takes a state and the first element of `xs`, returns the next state and a `y`, is given that state and the second element, and so
 * on. Returns the last state and the stacked `ys`. Trees everywhere; `xs` and `ys` have a first axis with an element per turn, and may be undefined. The state keeps its
 * structure, shapes and dtypes.
 *
 * `f` is called once. Its kernels are compiled once and run `length` times; its state moves between two places in memory. Gradients go through everything, closed-over tensors
 * included; what they need of each turn is kept, which `checkpoint` around `f` reduces to the states. Without turns, `carry` is `init`, and `ys` are empty.
 */
export function scan<Carry extends Tree<Tensor>, X extends Tree<Tensor>, Y extends Tree<Tensor>>(
  f: ScanBody<Carry, X, Y>,
  init: Carry,
  xs: X,
  options: ScanOptions = {},
): { readonly carry: Carry; readonly ys: Y } {
  if (typeof f !== "function")
    throw new Error(`scan: expected a function (carry, x) => ({ carry, y }), got ${show(f)}`);
  expectOptions("scan", options, ["length", "reverse", "unroll"]);
  const { reverse = false, unroll = 1 } = options;
  const length = lengthOf(xs, options.length);
  if (!Number.isInteger(unroll) || unroll < 1) {
    throw new Error(`scan: unroll must be a whole number of at least 1, got ${show(unroll)}`);
  }
  return unroll > 1 && length > 1
    ? scanUnrolled(f, init, xs, { length, reverse, unroll: Math.min(unroll, length) })
    : scanOnce(f, init, xs, { length, reverse });
}

type Turns = Required<Omit<ScanOptions, "unroll">>;

function scanOnce<Carry extends Tree<Tensor>, X extends Tree<Tensor>, Y extends Tree<Tensor>>(
  f: ScanBody<Carry, X, Y>,
  init: Carry,
  xs: X,
  { length, reverse }: Turns,
): { readonly carry: Carry; readonly ys: Y } {
  const carries = flattenAt("scan", "init", init);
  const stacked = flattenAt("scan", "xs", xs);
  const element = unflatten(
    stacked.structure,
    stacked.leaves.map(({ shape, dtype }) => input(shape.slice(1), dtype)),
  );
  let structures: readonly [TreeStructure, TreeStructure] | undefined;
  const { outputs, placeholders } = callWithPlaceholders(
    "scan",
    (carry, x) => {
      // Placeholders have the structure of what they stand for.
      const turn = takeApart(f(carry as Carry, x as X));
      expectCarry("scan", init, turn.carry);
      structures = [turn.carry.structure, turn.y.structure];
      return [...turn.carry.leaves, ...turn.y.leaves];
    },
    [init, element],
  );
  const [carryStructure, yStructure] = structures!;
  const rebuild = (results: readonly Tensor[]): { readonly carry: Carry; readonly ys: Y } => ({
    // The structures were taken from values of these types.
    carry: unflatten(carryStructure, results.slice(0, carries.leaves.length)) as Carry,
    ys: unflatten(yStructure, results.slice(carries.leaves.length)) as Y,
  });
  if (length === 0) {
    const ys = outputs.slice(carries.leaves.length);
    return rebuild([...carries.leaves, ...ys.map(({ shape, dtype }) => zeros([0, ...shape], dtype))]);
  }
  if (outputs.length === 0) return rebuild([]);
  const { graph: body, captured } = closeOver(outputs, placeholders);
  return rebuild(
    applyScan([...captured, ...carries.leaves, ...stacked.leaves], {
      body,
      constants: captured.length,
      carries: carries.leaves.length,
      length,
      reverse,
    }),
  );
}

/** Several turns of `f` in one, and those that are left over before or after. */
function scanUnrolled<Carry extends Tree<Tensor>, X extends Tree<Tensor>, Y extends Tree<Tensor>>(
  f: ScanBody<Carry, X, Y>,
  init: Carry,
  xs: X,
  { length, reverse, unroll }: Turns & { readonly unroll: number },
): { readonly carry: Carry; readonly ys: Y } {
  /** `count` turns over trees with a first axis, written out. */
  const turns = (count: number, first: Carry, elements: X): { readonly carry: Carry; readonly y: Y } => {
    let carry = first;
    const ys: Y[] = [];
    for (let turn = 0; turn < count; turn++) {
      const i = reverse ? count - 1 - turn : turn;
      const { carry: next, y } = f(
        carry,
        mapLeaves(elements, (leaf) => part(leaf, i, i + 1, leaf.shape.slice(1))),
      );
      expectCarry("scan", init, flattenAt("scan", "the carry", next));
      carry = next;
      ys[i] = y;
    }
    return { carry, y: stackTrees(ys) };
  };
  const groups = Math.floor(length / unroll);
  const rest = length - groups * unroll;
  // In reverse, the elements that are left over come first and have their turns last.
  const start = reverse ? rest : 0;
  const grouped = mapLeaves(xs, (leaf) =>
    part(leaf, start, start + groups * unroll, [groups, unroll, ...leaf.shape.slice(1)]),
  );
  const { carry, ys } = scanOnce<Carry, X, Y>((state, group) => turns(unroll, state, group), init, grouped, {
    length: groups,
    reverse,
  });
  const flat = mapLeaves(ys, (leaf) => reshape(leaf, [groups * unroll, ...leaf.shape.slice(2)]));
  if (rest === 0) return { carry, ys: flat };
  const from = reverse ? 0 : groups * unroll;
  const left = turns(
    rest,
    carry,
    mapLeaves(xs, (leaf) => part(leaf, from, from + rest, [rest, ...leaf.shape.slice(1)])),
  );
  return { carry: left.carry, ys: reverse ? joinTrees(left.y, flat) : joinTrees(flat, left.y) };
}

/** The elements of the first axis from `start` to `stop`, as `shape`. */
const part = (x: Tensor, start: number, stop: number, shape: readonly number[]): Tensor =>
  reshape(slice(x, [start], [stop]), shape);

function mapLeaves<T extends Tree<Tensor>>(tree: T, f: (leaf: Tensor) => Tensor): T {
  const { leaves, structure } = flattenAt("scan", "xs", tree);
  // The structure is the tree's own.
  return unflatten(structure, leaves.map(f)) as T;
}

/** Trees of one structure, leaf by leaf. */
function combine<T extends Tree<Tensor>>(
  trees: readonly T[],
  join: (leaves: readonly Tensor[]) => Tensor,
): T {
  const flat = trees.map((tree) => flattenAt("scan", "y", tree));
  const { structure, leaves } = flat[0]!;
  // The structure is that of the first.
  return unflatten(
    structure,
    leaves.map((_, k) => join(flat.map((other) => other.leaves[k]!))),
  ) as T;
}

const stackTrees = <T extends Tree<Tensor>>(trees: readonly T[]): T =>
  combine(trees, (leaves) => stack(leaves, 0));

const joinTrees = <T extends Tree<Tensor>>(before: T, after: T): T =>
  combine([before, after], (leaves) => concat(leaves, 0));

/** The number of turns: what was asked for, and what the leaves of `xs` have. */
function lengthOf(xs: Tree<Tensor>, asked: number | undefined): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 0)) {
    throw new Error(`scan: length must be a whole number, got ${show(asked)}`);
  }
  flattenAt("scan", "xs", xs);
  let length = asked;
  let from = "length";
  for (const [path, leaf] of leavesWithPaths(xs)) {
    const name = nameOf("xs", path);
    const extent = leaf.shape[0];
    if (extent === undefined) {
      throw new Error(
        `scan: ${name} is ${describe(leaf)} and has no first axis with an element per turn; close over what is the same in every turn`,
      );
    }
    if (length !== undefined && extent !== length) {
      const other = from === "length" ? `length is ${length}` : `${from} has ${length}`;
      throw new Error(
        `scan: ${name} is ${describe(leaf)}, ${extent} elements along its first axis, but ${other}; all have an element per turn`,
      );
    }
    length = extent;
    from = name;
  }
  if (length === undefined) {
    throw new Error("scan: xs have no tensor that says how many turns there are; give { length }");
  }
  return length;
}

type Flat = ReturnType<typeof flattenAt>;

/** What `f` returned, which is looked at where it comes from untyped code. */
function takeApart(returned: unknown): { readonly carry: Flat; readonly y: Flat } {
  // Nobody else looks at what it is rejected with.
  if (returned instanceof Promise) returned.catch(() => undefined);
  if (typeof returned !== "object" || returned === null || !("carry" in returned)) {
    const advice = Array.isArray(returned)
      ? "; write { carry, y } for [carry, y]"
      : returned instanceof Promise
        ? "; nothing runs while it is traced, so make it synchronous"
        : "";
    throw new Error(`scan: the function must return { carry, y }, got ${show(returned)}${advice}`);
  }
  // Their leaves are checked one by one.
  const { carry, y } = returned as { readonly carry: Tree<Tensor>; readonly y?: Tree<Tensor> };
  return { carry: flattenAt("scan", "the carry", carry), y: flattenAt("scan", "y", y) };
}
