import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { add, mul } from "../src/ops/arithmetic.js";
import { full, tensor } from "../src/ops/creation.js";
import { reshape } from "../src/ops/reshape.js";
import { apply, input } from "../src/tensor.js";

describe("interpret", () => {
  test("feeds placeholders and returns several outputs", () => {
    const x = input([2], "f32");
    const y = mul(x, x);
    const z = add(y, 1);
    expect(interpret([z, y, x], new Map([[x, Float64Array.of(2, 3)]]))).toEqual([
      Float64Array.of(5, 10),
      Float64Array.of(4, 9),
      Float64Array.of(2, 3),
    ]);
  });

  test("keeps float64 precision", () => {
    const x = input([], "f32");
    expect(interpret([mul(x, 0.1)], new Map([[x, Float64Array.of(3)]]))[0]![0]).toBe(0.1 * 3);
  });

  test("walks a graph of 200000 nodes", () => {
    let x = full([], 0);
    for (let i = 0; i < 100_000; i++) x = add(x, 1);
    expect(interpret([x])[0]![0]).toBe(100_000);
  });

  test("computes a shared node once per call, whatever the number of paths to it", () => {
    let x = full([], 1);
    for (let i = 0; i < 60; i++) x = add(x, x);
    expect(interpret([x])[0]![0]).toBe(2 ** 60);
  });

  test("a feed replaces a defined value, and nothing behind it is needed", () => {
    const hidden = input([2], "f32");
    const y = mul(hidden, 2);
    expect(interpret([add(y, 1)], new Map([[y, Float64Array.of(10, 20)]]))[0]).toEqual(
      Float64Array.of(11, 21),
    );
  });

  test("results are copies", () => {
    const x = input([2], "f32");
    const feed = Float64Array.of(1, 2);
    const [first] = interpret([reshape(x, [2, 1])], new Map([[x, feed]]));
    first![0] = 99;
    expect(feed[0]).toBe(1);
    const c = tensor([1, 2]);
    const [once] = interpret([c]);
    once![0] = 99;
    expect(interpret([c])[0]![0]).toBe(1);
  });

  test("control primitives pass their first operand through", () => {
    const [a, b] = [tensor([1, 2]), tensor([3])];
    const outputs = [
      apply("identity", [a], {}),
      apply("stopGradient", [a], {}),
      apply("barrier", [a, b], { id: 1 }),
      apply("customVjp", [a, b], { backward: undefined }),
    ];
    for (const value of interpret(outputs)) expect(value).toEqual(Float64Array.of(1, 2));
  });

  test("says what is missing", () => {
    const x = input([2], "f32");
    expect(() => interpret([add(x, 1)])).toThrow(
      "interpret: Tensor(f32 [2]) comes from outside the graph; give its values in feeds",
    );
    expect(() => interpret([x], new Map([[x, new Float64Array(3)]]))).toThrow(
      "interpret: Tensor(f32 [2]) needs 2 values, the feed has 3",
    );
  });
});
