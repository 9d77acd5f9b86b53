import { Tensor } from "./tensor.js";

/**
 * Values in nested arrays and plain records. Undefined members are part of the structure, not leaves. (Type aliases fit;
 * interfaces do not, as TypeScript gives them no index signature.)
 */
export type Tree<T> = T | undefined | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The type of a tree with every leaf of type `T` replaced by a `U`. */
export type MapTree<Structure, T, U> = [Tree<T>] extends [Structure]
  ? Tree<U>
  : Structure extends T
    ? U
    : Structure extends readonly unknown[] | object
      ? { readonly [K in keyof Structure]: MapTree<Structure[K], T, U> }
      : Structure;

/** What is left of a tree without its leaves. */
export interface TreeStructure {
  readonly kind: "leaf" | "undefined" | "array" | "record";
  /** Names of a record's members in insertion order, positions in an array. */
  readonly keys: readonly string[];
  readonly children: readonly TreeStructure[];
  readonly leafCount: number;
  /** Equal for equal structures. */
  readonly key: string;
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

const at = (path: string): string => (path === "" ? "the root" : path);

const nameOf = (value: unknown): string =>
  value === null
    ? "null"
    : typeof value === "object"
      ? (value.constructor?.name ?? "an object without prototype")
      : typeof value;

/** What to do about a value that has no place in a tree. */
const adviceFor = (value: unknown): string => {
  if (value === null) return "write undefined for what is absent";
  if (value instanceof Promise) return "await it first";
  if (typeof value === "string" || typeof value === "function" || typeof value === "symbol")
    return "close over what is no tensor, or leave it out";
  return typeof value === "object" && !ArrayBuffer.isView(value)
    ? "put its tensors into a plain record"
    : "wrap numbers with tensor()";
};

/** The node as its kind and members; throws for what is neither a tensor, an array nor a plain record. */
function open(
  op: string,
  path: string,
  tree: Tree<Tensor>,
): { readonly kind: TreeStructure["kind"]; readonly members: readonly (readonly [string, Tree<Tensor>])[] } {
  if (tree instanceof Tensor) return { kind: "leaf", members: [] };
  if (tree === undefined) return { kind: "undefined", members: [] };
  if (Array.isArray(tree))
    return { kind: "array", members: [...tree.entries()].map(([i, x]) => [String(i), x]) };
  if (typeof tree === "object" && tree !== null) {
    const prototype: unknown = Object.getPrototypeOf(tree);
    if (prototype === Object.prototype || prototype === null)
      return { kind: "record", members: Object.entries(tree) };
  }
  throw new Error(
    `${op}: expected tensors in arrays and plain records, got ${nameOf(tree)} at ${at(path)}; ${adviceFor(tree)}`,
  );
}

function structureOf(
  kind: TreeStructure["kind"],
  keys: readonly string[],
  children: readonly TreeStructure[],
): TreeStructure {
  const inside = children.map((child) => child.key);
  const key = {
    leaf: "*",
    undefined: "-",
    array: `[${inside.join(",")}]`,
    record: `{${inside.map((child, i) => `${JSON.stringify(keys[i])}:${child}`).join(",")}}`,
  }[kind];
  const leafCount = kind === "leaf" ? 1 : children.reduce((total, child) => total + child.leafCount, 0);
  return { kind, keys, children, leafCount, key };
}

/** The leaves, depth first in insertion order, and the structure that `unflatten` puts them back into. */
export function flatten(tree: Tree<Tensor>): {
  readonly leaves: Tensor[];
  readonly structure: TreeStructure;
} {
  return flattenAt("flatten", "", tree);
}

/** The same in the name of another operation, for a tree that stands at `place`: "argument 0". */
export function flattenAt(op: string, place: string, tree: Tree<Tensor>): ReturnType<typeof flatten> {
  const leaves: Tensor[] = [];
  const visit = (node: Tree<Tensor>, path: string): TreeStructure => {
    const { kind, members } = open(op, path, node);
    if (node instanceof Tensor) leaves.push(node);
    return structureOf(
      kind,
      members.map(([key]) => key),
      members.map(([key, child]) => visit(child, join(path, key))),
    );
  };
  return { structure: visit(tree, place), leaves };
}

/** The inverse of `flatten`; the leaves may be of another type. Throws where their number is not the structure's. */
export function unflatten<T>(structure: TreeStructure, leaves: readonly T[]): Tree<T> {
  if (leaves.length !== structure.leafCount) {
    throw new Error(`unflatten: the structure has ${structure.leafCount} leaves, got ${leaves.length}`);
  }
  let next = 0;
  const build = ({ kind, keys, children }: TreeStructure): Tree<T> => {
    switch (kind) {
      case "leaf":
        return leaves[next++];
      case "undefined":
        return undefined;
      case "array":
        return children.map(build);
      case "record":
        return Object.fromEntries(children.map((child, i) => [keys[i]!, build(child)]));
      default:
        return kind satisfies never;
    }
  };
  return build(structure);
}

/** The leaves with their dotted paths ("layers.0.weight"), depth first in insertion order. */
export function leavesWithPaths(tree: Tree<Tensor>): [path: string, leaf: Tensor][] {
  const found: [string, Tensor][] = [];
  const visit = (node: Tree<Tensor>, path: string): void => {
    if (node instanceof Tensor) found.push([path, node]);
    else
      for (const [key, child] of open("leavesWithPaths", path, node).members) visit(child, join(path, key));
  };
  visit(tree, "");
  return found;
}

/**
 * The tree of `f(leaf)`, or of `f(leaf, ...)` over leaves that stand at one place of several trees. Throws with the path
 * where the structures differ.
 */
export function mapTree<Structure extends Tree<Tensor>, Others extends readonly Tree<Tensor>[], U>(
  f: (leaf: Tensor, ...others: { readonly [K in keyof Others]: Tensor }) => U,
  tree: Structure,
  ...others: Others
): MapTree<Structure, Tensor, U> {
  const visit = (path: string, node: Tree<Tensor>, rest: readonly Tree<Tensor>[]): Tree<U> => {
    const first = open("mapTree", path, node);
    const opened = rest.map((other) => {
      const second = open("mapTree", path, other);
      const same = second.kind === first.kind && second.members.length === first.members.length;
      const members = new Map(second.members);
      if (!same || first.members.some(([key]) => !members.has(key))) {
        throw new Error(
          `mapTree: trees must have one structure, got ${outline(first)} and ${outline(second)} at ${at(path)}`,
        );
      }
      return members;
    });
    if (node instanceof Tensor) {
      // All nodes at this place are leaves like the first: `open` found one kind.
      return f(node, ...(rest as { readonly [K in keyof Others]: Tensor }));
    }
    const mapped = first.members.map(([key, child]): [string, Tree<U>] => [
      key,
      visit(
        join(path, key),
        child,
        opened.map((members) => members.get(key)),
      ),
    ]);
    switch (first.kind) {
      case "array":
        return mapped.map(([, child]) => child);
      case "record":
        return Object.fromEntries(mapped);
      default:
        return undefined;
    }
  };
  // `visit` keeps the structure member by member, which its own type does not say.
  return visit("", tree, others) as MapTree<Structure, Tensor, U>;
}

const outline = ({ kind, members }: ReturnType<typeof open>): string =>
  kind === "record"
    ? `{${members.map(([key]) => key).join(",")}}`
    : kind === "array"
      ? `an array of ${members.length}`
      : kind === "leaf"
        ? "a tensor"
        : kind;
