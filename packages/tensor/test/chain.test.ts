import { valuesOf } from "@clidim/testing/values";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Chain, wrap } from "../src/chain.js";
import { add, concat, mul, sum, Tensor, tensor, topK } from "../src/index.js";
import * as operations from "../src/ops/index.js";

const x = tensor([3, 1, 2]);

describe("a chain", () => {
  it("builds the graph that the functions build", () => {
    const y = tensor([10, 20, 30]);
    const chained = wrap(x).mul(2).add(wrap(y)).sum(0, { keepDims: true });
    expectTypeOf(chained).toEqualTypeOf<Chain>();
    expect(chained.shape).toEqual([1]);
    expect(chained.dtype).toBe("f32");
    expect(valuesOf(chained.unwrap())).toEqual(valuesOf(sum(add(mul(x, 2), y), 0, { keepDims: true })));
    expect(chained.unwrap()).toBeInstanceOf(Tensor);
    expect(wrap(x).unwrap()).toBe(x);
    expect(`${chained}`).toBe("Tensor(f32 [1])");
  });

  it("goes on from each of several results", () => {
    const { values, indices } = wrap(x).topK(2);
    expectTypeOf(values).toEqualTypeOf<Chain>();
    expect(valuesOf(values.sub(1).unwrap())).toEqual(valuesOf(operations.sub(topK(x, 2).values, 1)));
    expect(indices.dtype).toBe("i32");
    expectTypeOf(wrap(x).fftshift()).toEqualTypeOf<Chain>();
    const [first, second] = wrap(x).chunk([1, 2], 0);
    expect([first!.shape, second!.shape]).toEqual([[1], [2]]);
  });

  it("has every operation, without a list of its own", () => {
    const names = Object.keys(operations);
    expect(names.filter((name) => typeof Reflect.get(wrap(x), name) !== "function")).toEqual([]);
    const own = ["shape", "dtype", "unwrap", "data", "item", "toString"];
    expect(names.filter((name) => own.includes(name))).toEqual([]);
    type Taking = "relu" | "matmul" | "where" | "conv2d" | "sort" | "cast" | "reshape";
    expectTypeOf<Taking>().toExtend<keyof Chain>();
    expectTypeOf<"concat" | "full" | "einsum" | "tensor">().not.toExtend<keyof Chain>();
  });

  it("is typed as the operations are, and complains as they do", () => {
    // @ts-expect-error: axes are numbers
    expect(() => wrap(x).sum("0")).toThrow("sum: ");
    // @ts-expect-error: concat begins with a list
    expect(() => wrap(x).concat(x)).toThrow("concat: ");
    // @ts-expect-error: there is no such operation
    expect(wrap(x).plus).toBeUndefined();
    expect(() => wrap(x).matmul(x).unwrap()).not.toThrow();
    expect(() => wrap([1, 2] as never)).toThrow(
      "wrap: expected a tensor, got object; make one with tensor()",
    );
    expect(() => (wrap(x) as never) * 2).toThrow(TypeError);
    expect(valuesOf(concat([wrap(x).neg().unwrap(), x], 0))).toEqual(valuesOf(tensor([-3, -1, -2, 3, 1, 2])));
  });
});

describe("JavaScript's operators", () => {
  const untyped = x as never;
  it.each<[string, () => unknown, string]>([
    ["x + 1", () => untyped + 1, "write add(x, y) for x + y"],
    ["1 + x", () => 1 + untyped, "write add(x, y) for x + y"],
    ["x * 2", () => untyped * 2, "write mul(x, y) for x * y"],
    ["-x", () => -untyped, "neg"],
    ["x > 1", () => untyped > 1, "gt(x, y) for x > y"],
    ["Math.max(x)", () => Math.max(untyped, 0), "await x.item() for a number"],
  ])("%s is an error that names the function", (_, compute, advice) => {
    expect(compute).toThrow(TypeError);
    expect(compute).toThrow("Tensor(f32 [3]): JavaScript's operators know no tensors");
    expect(compute).toThrow(advice);
  });

  it("leaves texts, comparisons of identity and inspection alone", () => {
    expect(`${x}`).toBe("Tensor(f32 [3])");
    expect(String(x)).toBe("Tensor(f32 [3])");
    expect([x, x].join(" and ")).toBe("Tensor(f32 [3]) and Tensor(f32 [3])");
    expect(JSON.parse(JSON.stringify({ x }))).toMatchObject({ x: { shape: [3], dtype: "f32" } });
    expect(Object.prototype.toString.call(x)).toBe("[object Object]");
  });
});
