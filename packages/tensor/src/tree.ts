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

/** Where a node stands; a text is only made of it for an error. */
interface Place {
  readonly parent: Place | string;
  readonly key: string;
}

const pathOf = (place: Place | string): string =>
  typeof place === "string" ? place : join(pathOf(place.parent), place.key);

/** Whether a node is an array or a plain record; throws for what is neither that nor a tensor. */
function containerKind(op: string, place: Place | string, tree: object | string | null): "array" | "record" {
  if (Array.isArray(tree)) return "array";
  if (typeof tree === "object" && tree !== null) {
    const prototype: unknown = Object.getPrototypeOf(tree);
    if (prototype === Object.prototype || prototype === null) return "record";
  }
  throw new Error(
    `${op}: expected tensors in arrays and plain records, got ${nameOf(tree)} at ${at(pathOf(place))}; ${adviceFor(tree)}`,
  );
}

/** The node as its kind and members. */
function open(
  op: string,
  path: string,
  tree: Tree<Tensor>,
): { readonly kind: TreeStructure["kind"]; readonly members: readonly (readonly [string, Tree<Tensor>])[] } {
  if (tree instanceof Tensor) return { kind: "leaf", members: [] };
  if (tree === undefined) return { kind: "undefined", members: [] };
  const kind = containerKind(op, path, tree);
  if (Array.isArray(tree)) return { kind, members: Array.from(tree, (x, i) => [String(i), x]) };
  return { kind, members: Object.entries(tree) };
}

const leaf: TreeStructure = { kind: "leaf", keys: [], children: [], leafCount: 1, key: "*" };
const nothing: TreeStructure = { kind: "undefined", keys: [], children: [], leafCount: 0, key: "-" };

/** Visits a tree depth first in insertion order; compiled functions do that on every call. */
function visitTree(
  op: string,
  place: Place | string,
  tree: Tree<Tensor>,
  found: (leaf: Tensor, place: Place | string) => void,
): TreeStructure {
  if (tree instanceof Tensor) {
    found(tree, place);
    return leaf;
  }
  if (tree === undefined) return nothing;
  const kind = containerKind(op, place, tree);
  const keys =
    kind === "array" ? Array.from(tree as ArrayLike<unknown>, (_, i) => String(i)) : Object.keys(tree);
  const children: TreeStructure[] = [];
  let leafCount = 0;
  let inside = "";
  for (const name of keys) {
    // An array is indexed by the texts of its positions, too.
    const member = (tree as { readonly [key: string]: Tree<Tensor> })[name];
    const child = visitTree(op, { parent: place, key: name }, member, found);
    children.push(child);
    leafCount += child.leafCount;
    inside += kind === "array" ? `${child.key},` : `${JSON.stringify(name)}:${child.key},`;
  }
  return { kind, keys, children, leafCount, key: kind === "array" ? `[${inside}]` : `{${inside}}` };
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
  const structure = visitTree(op, place, tree, (tensor) => leaves.push(tensor));
  return { structure, leaves };
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

/** The leaves with their dotted paths ("layers.0.weight"), depth first in insertion order. Throws where a name with a dot in it gives two leaves one path: whatever goes by paths would take one for the other. */
export function leavesWithPaths(tree: Tree<Tensor>): [path: string, leaf: Tensor][] {
  const found = new Map<string, Tensor>();
  visitTree("leavesWithPaths", "", tree, (tensor, place) => {
    const path = pathOf(place);
    if (found.has(path)) {
      throw new Error(
        `leavesWithPaths: two tensors have the path "${path}", as a member's name has a dot in it; name one of them otherwise`,
      );
    }
    found.set(path, tensor);
  });
  return [...found];
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
