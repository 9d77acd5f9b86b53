import { describe, expect, expectTypeOf, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { add } from "../src/ops/arithmetic.js";
import { tensor } from "../src/ops/creation.js";
import type { Tensor } from "../src/tensor.js";
import { flatten, leavesWithPaths, mapTree, unflatten } from "../src/tree.js";

const a = tensor(1);
const b = tensor(2);
const c = tensor(3);
const params = {
  layers: [
    { weight: a, bias: b },
    { weight: c, bias: undefined },
  ],
  empty: [],
};

test("two leaves of one path are refused", () => {
  expect(() => leavesWithPaths({ "a.b": a, a: { b } })).toThrow(
    'leavesWithPaths: two tensors have the path "a.b", as a member\'s name has a dot in it',
  );
});

describe("flatten", () => {
  test("gives leaves in insertion order, and unflatten puts them back", () => {
    const { leaves, structure } = flatten(params);
    expect(leaves).toEqual([a, b, c]);
    expect(unflatten(structure, leaves)).toEqual(params);
    expect(unflatten(structure, [1, 2, 3])).toEqual({
      layers: [
        { weight: 1, bias: 2 },
        { weight: 3, bias: undefined },
      ],
      empty: [],
    });
  });

  test("a tensor is a tree of its own", () => {
    const { leaves, structure } = flatten(a);
    expect(leaves).toEqual([a]);
    expect(unflatten(structure, leaves)).toBe(a);
  });

  test("the key tells structures apart", () => {
    const keyOf = (tree: Parameters<typeof flatten>[0]): string => flatten(tree).structure.key;
    expect(keyOf({ x: a, y: [b, undefined] })).toBe(keyOf({ x: c, y: [a, undefined] }));
    const different = [
      a,
      [a],
      [[a]],
      [a, b],
      { x: a },
      { y: a },
      { x: undefined },
      [undefined],
      { 'x":*,"y': a },
      { x: a, y: b },
    ];
    expect(new Set(different.map(keyOf)).size).toBe(different.length);
  });

  test("refuses what is not a tensor, an array or a plain record, and says where", () => {
    // @ts-expect-error a number is no leaf
    expect(() => flatten({ a: [a, 3] })).toThrow(
      "flatten: expected tensors in arrays and plain records, got number at a.1; wrap numbers with tensor()",
    );
    // @ts-expect-error null is no tree
    expect(() => flatten(null)).toThrow("got null at the root");
    // @ts-expect-error a Map is not a plain record
    expect(() => flatten({ m: new Map([["k", a]]) })).toThrow("got Map at m");
  });

  test("unflatten counts leaves", () => {
    expect(() => unflatten(flatten([a, b]).structure, [a])).toThrow(
      "unflatten: the structure has 2 leaves, got 1",
    );
  });
});

test("leavesWithPaths gives dotted paths", () => {
  expect(leavesWithPaths(params)).toEqual([
    ["layers.0.weight", a],
    ["layers.0.bias", b],
    ["layers.1.weight", c],
  ]);
  expect(leavesWithPaths(a)).toEqual([["", a]]);
});

describe("mapTree", () => {
  test("keeps structure and its type", () => {
    const tree: { readonly pair: readonly [Tensor, Tensor]; readonly rest: { readonly x?: Tensor } } = {
      pair: [a, b],
      rest: {},
    };
    const shapes = mapTree((leaf) => leaf.shape.length, tree);
    expectTypeOf(shapes).toEqualTypeOf<{
      readonly pair: readonly [number, number];
      readonly rest: { readonly x?: number };
    }>();
    expect(shapes).toEqual({ pair: [0, 0], rest: {} });
    expectTypeOf(mapTree((leaf) => leaf.dtype.length, a)).toEqualTypeOf<number>();
    expect(mapTree(() => 1, [undefined, a])).toEqual([undefined, 1]);
  });

  test("zips several trees by name, whatever the order of members", () => {
    const sums = mapTree(
      (x, y, z) => add(add(x, y), z),
      { p: a, q: [b] },
      { q: [c], p: b },
      { p: c, q: [a] },
    );
    expect(interpret([sums.p, sums.q[0]!]).map((value) => value[0])).toEqual([6, 6]);
  });

  test("names the place where structures differ", () => {
    expect(() => mapTree((x) => x, { p: { q: a } }, { p: { r: a } })).toThrow(
      "mapTree: trees must have one structure, got {q} and {r} at p",
    );
    expect(() => mapTree((x) => x, [a, [b]], [a, [b, c]])).toThrow(
      "mapTree: trees must have one structure, got an array of 1 and an array of 2 at 1",
    );
    expect(() => mapTree((x) => x, { p: a }, { p: undefined })).toThrow(
      "mapTree: trees must have one structure, got a tensor and undefined at p",
    );
  });

  test("members named like Object's own are members", () => {
    const tree = JSON.parse('{"__proto__": 1, "constructor": 2}') as object;
    const tensors = Object.fromEntries(Object.keys(tree).map((name) => [name, a]));
    expect(Object.keys(mapTree((x) => x, tensors, tensors))).toEqual(["__proto__", "constructor"]);
  });
});
