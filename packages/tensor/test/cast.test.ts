import { describe, expect, it } from "vitest";
import type { DType } from "../src/index.js";
import * as T from "../src/index.js";
import { compile, type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const dtypes: readonly DType[] = ["f32", "f16", "i32", "u32", "bool"];

/** Values of each dtype, towards the ends of its range as far as every other one has something to answer. */
const values: Readonly<Record<DType, () => Tensor>> = {
  f32: () => tensor([0, -0, 0.5, -0.5, 1.99, -1.99, 300, -300, 2 ** 24, -(2 ** 24)]),
  f16: () => tensor([0, -0, 0.5, -0.5, 1.99, -1.99, 300, -300, 65504, -65504], { dtype: "f16" }),
  i32: () => tensor(Int32Array.of(0, 1, -1, 7, -300, 2049, 60000, -60000)),
  u32: () => tensor(Uint32Array.of(0, 1, 7, 300, 2049, 60000)),
  bool: () => tensor([1, 0, 0, 1], { dtype: "bool" }),
};

describe("cast", () => {
  it.each(dtypes)("from %s to every dtype, alone", (from) =>
    expectMatchesReference(() => {
      const x = T.stack([values[from](), values[from]()], 0);
      // Halves end at 65504; beyond it is the adapter's choice.
      const small = from === "f32" ? T.clip(x, -60000, 60000) : x;
      return dtypes.map((to) => T.cast(to === "f16" ? small : x, to));
    }),
  );

  it.each(dtypes)("from %s to every dtype, inside a kernel", (from) =>
    expectMatchesReference(() => {
      const x = T.flip(T.stack([values[from](), values[from]()], 0), [1]);
      const few = from === "f32" ? T.clip(x, -60000, 60000) : x;
      return dtypes.map((to) => {
        const y = T.cast(few, to);
        return to === "bool" ? T.not(y) : T.mul(T.cast(y, "f32"), 0.5);
      });
    }),
  );

  it.each(dtypes)("of a constant, which is computed before anything runs, from %s", (from) =>
    expectMatchesReference(() =>
      (from === "bool" ? [0, 1] : from === "u32" ? [0, 3, 2049] : [0, 3, -2, 2048]).flatMap((value) =>
        dtypes.map((to) => T.cast(T.full([2], value, from), to)),
      ),
    ),
  );

  it("from a float to an integer saturates, folded or not", async () => {
    const far = [3e9, -3e9, 2147483648, -2147483648, 5e9, -1, 4294967296, 4294967040, 1e20, -1e20];
    const [i, u] = [
      [
        2147483647, -2147483648, 2147483647, -2147483648, 2147483647, -1, 2147483647, 2147483647, 2147483647,
        -2147483648,
      ],
      [3e9, 0, 2147483648, 0, 4294967295, 0, 4294967295, 4294967040, 4294967295, 0],
    ];
    const x = tensor(far);
    expect([...(await T.cast(x, "i32").data())]).toEqual(i);
    expect([...(await T.cast(x, "u32").data())]).toEqual(u);
    const folded = far.map((value) => T.cast(T.full([1], value), "i32"));
    expect([...(await T.concat(folded, 0).data())]).toEqual(i);
    const foldedU = far.map((value) => T.cast(T.full([1], value), "u32"));
    expect([...(await T.concat(foldedU, 0).data())]).toEqual(u);
  });

  it("between i32 and u32 keeps the bits", () =>
    expectMatchesReference(() => [
      T.cast(tensor(Int32Array.of(-1, -(2 ** 31), 2 ** 31 - 1)), "u32"),
      T.cast(tensor(Uint32Array.of(2 ** 32 - 1, 2 ** 31, 3)), "i32"),
      T.cast(T.full([2], -1, "i32"), "u32"),
    ]));
});

describe("division by zero", () => {
  const infinities = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it("is infinite whether the zero is a literal or a tensor", async () => {
    const x = tensor([1, -2]);
    expect([...(await T.div(x, 0).data())]).toEqual(infinities);
    expect([...(await T.div(x, tensor([0, 0])).data())]).toEqual(infinities);
    expect(await T.div(T.full([], 1), 0).item()).toBe(Number.POSITIVE_INFINITY);
    expect(await T.div(T.full([], -1), 0).item()).toBe(Number.NEGATIVE_INFINITY);
  });

  it("leaves integers as they are, and a remainder of 0", () =>
    expectMatchesReference(() => {
      const x = tensor(Int32Array.of(5, -7, 0));
      const u = tensor(Uint32Array.of(5, 7, 0));
      return [T.div(x, 0), T.rem(x, 0), T.div(u, 0), T.rem(u, 0), T.div(x, tensor(Int32Array.of(0, 0, 0)))];
    }));

  it("of many elements at a time", async () => {
    const x = new Float32Array(8192).fill(3);
    expect((await T.div(T.mul(tensor(x), 2), 0).data()).every((value) => value === Infinity)).toBe(true);
  });

  it("shows to debug.nan", async () => {
    const f = compile((x: Tensor) => T.div(x, 0), { debug: { nan: true } });
    await expect(f(tensor([1, 2]))).rejects.toThrow(/holds infinite values: 2 of 2/);
  });
});

describe("constants that are no finite numbers", () => {
  it("are told apart in graphs of one structure", async () => {
    const x = tensor([1]);
    const results: number[] = [];
    for (const value of [Infinity, -Infinity, 0, -0]) results.push(await T.div(x, T.full([1], value)).item());
    expect(results).toEqual([0, -0, Infinity, -Infinity]);
    const both = await T.stack([T.full([], Infinity), T.full([], -Infinity)], 0).data();
    expect([...both]).toEqual([Infinity, -Infinity]);
  });

  it("are single precision when they are folded, as on the device", async () => {
    const big = T.full([], 3e38);
    expect(await T.div(T.add(big, big), 2).item()).toBe(Infinity);
    expect(await T.sum(T.full([3], 2 ** 31 - 1, "i32")).item()).toBe((3 * (2 ** 31 - 1)) | 0);
  });
});
