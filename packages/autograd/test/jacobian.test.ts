import {
  add,
  argmax,
  cast,
  compile,
  concat,
  exp,
  eye,
  full,
  logAddExp,
  logCumSumExp,
  matmul,
  mul,
  reshape,
  sin,
  slice,
  softmax,
  sort,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { runsOr, seeds, shapes } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { expectClose, valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  customVjp,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  linearize,
  vmap,
} from "../src/index.js";

const modes = ["forward", "reverse"] as const;

/** The Jacobian [...n, ...m] by differences of the elements of x, in float64. */
function byDifferences(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  const value = f(x);
  const [start] = interpret([x]);
  const step = 1e-6;
  const columns = Array.from(start!, (_, i) => {
    const at = (h: number): Float64Array => {
      const moved = start!.slice();
      moved[i] = moved[i]! + h;
      return interpret([value], new Map([[x, moved]]))[0]!;
    };
    const [high, low] = [at(step), at(-step)];
    return high.map((y, k) => (y - low[k]!) / (2 * step));
  });
  return Array.from(columns[0]!, (_, k) => columns.map((column) => column[k]!)).flat();
}

describe("jacobian", () => {
  it("is the matrix of a linear map, in both modes", () => {
    const w = normal([3, 2], 1);
    for (const mode of modes) {
      const matrix = jacobian((x: Tensor) => matmul(x, w), { mode })(normal([3], 2));
      expect(matrix.shape).toEqual([2, 3]);
      expect(valuesOf(matrix)).toEqual(valuesOf(transpose(w)));
    }
  });

  it("of softmax is diag(p) - p p^T", () => {
    const x = normal([4], 1);
    const p = softmax(x);
    const expected = sub(mul(eye(4), p), mul(reshape(p, [4, 1]), p));
    for (const mode of modes) {
      expectClose(valuesOf(jacobian((x: Tensor) => softmax(x), { mode })(x)), valuesOf(expected), 1e-14);
    }
  });

  it("is what differences say", () => {
    const property = fc.property(shapes(2, 2), seeds, fc.constantFrom(...modes), ([m, n], seed, mode) => {
      const w = normal([n!, 2], seed + 1);
      const f = (x: Tensor): Tensor =>
        concat([tanh(matmul(x, w)), sort(mul(x, sin(sum(x, 0, { keepDims: true }))), 0)], 1);
      const x = normal([m!, n!], seed);
      const all = jacobian(f, { mode })(x);
      expect(all.shape).toEqual([m!, n! + 2, m!, n!]);
      expectClose(valuesOf(all), byDifferences(f, x), 1e-6);
    });
    fc.assert(property, runsOr(20));
  });

  it("takes trees and several arguments, with undefined for integers and zeros where nothing depends", () => {
    type Input = { readonly a: Tensor; readonly b: readonly Tensor[] };
    const f = ({ a, b }: Input, at: Tensor) => ({
      y: mul(take(a, at, 0), sum(b[0]!)),
      best: argmax(a, 0),
      rest: [exp(b[0]!)],
    });
    const input = { a: normal([3], 1), b: [normal([2], 2)] };
    const at = tensor([2, 0], { dtype: "i32" });
    for (const mode of modes) {
      const all = jacobian(f, { mode })(input, at);
      expectTypeOf(all.y).toEqualTypeOf<Input>();
      expectTypeOf(all.rest[0]!).toEqualTypeOf<Input>();
      expect(all.best).toBeUndefined();
      const total = valuesOf(sum(input.b[0]!))[0]!;
      expectClose(valuesOf(all.y.a), [0, 0, total, total, 0, 0], 0);
      const [a0, , a2] = valuesOf(input.a);
      expectClose(valuesOf(all.y.b[0]!), [a2!, a2!, a0!, a0!], 0);
      expect(all.rest[0]!.a.shape).toEqual([2, 3]);
      expectClose(valuesOf(all.rest[0]!.a), [0, 0, 0, 0, 0, 0], 0);
      const [e0, e1] = valuesOf(exp(input.b[0]!));
      expectClose(valuesOf(all.rest[0]!.b[0]!), [e0!, 0, 0, e1!], 0);
    }
    const [x, w] = [normal([2, 3], 1), normal([3, 2], 2)];
    const both = jacobian((x: Tensor, w: Tensor) => matmul(x, w), { argument: [1, 0] })(x, w);
    expect(both.map(({ shape }) => shape)).toEqual([
      [2, 2, 3, 2],
      [2, 2, 2, 3],
    ]);
  });

  it("goes the way of which there is less", () => {
    const count = (f: (x: Tensor) => Tensor, x: Tensor): number[][] => {
      const found = new Set([jacobian(f)(x)]);
      for (const { definition } of found) for (const input of definition.inputs) found.add(input);
      return [...found].flatMap(({ definition, shape }) => (definition.op === "matmul" ? [[...shape]] : []));
    };
    // One tangent, not five gradients; one gradient, not five tangents.
    const tangents = count((x) => matmul(normal([5, 1], 1), reshape(sin(x), [1, 1])), normal([1], 2));
    expect(tangents).toEqual([[5, 1]]);
    const gradients = count((x) => matmul(reshape(sin(x), [1, 5]), normal([5, 1], 1)), normal([5], 2));
    expect(gradients).toEqual([[1, 5]]);
  });

  it("is of functions of nothing and to nothing, too", () => {
    expect(jacobian((x: Tensor) => sin(x))(full([0], 0)).shape).toEqual([0, 0]);
    expect(jacobian((x: Tensor) => sum(x))(full([0], 0)).shape).toEqual([0]);
    for (const mode of modes) {
      expect(jacobian((x: Tensor) => mul(x, full([0], 1)), { mode })(normal([1], 1)).shape).toEqual([0, 1]);
    }
  });

  it("compiles, and is mapped over examples and differentiated", async () => {
    const f = (x: Tensor): Tensor => mul(sin(x), sum(x));
    const x = normal([2, 3], 1);
    const each = vmap(jacobian(f))(x);
    expect(each.shape).toEqual([2, 3, 3]);
    const trace = (x: Tensor): Tensor => sum(mul(jacobian(f)(x), eye(3)));
    // d trace / dx_k = sum_i -sin(x_i) [i = k] s + cos(x_i) + cos(x_k)
    const values = valuesOf(normal([3], 3));
    const [total, cosines] = [
      values.reduce((a, b) => a + b),
      values.reduce((sum, value) => sum + Math.cos(value), 0),
    ];
    const expected = values.map((value) => -Math.sin(value) * total + cosines + Math.cos(value));
    expectClose(valuesOf(grad(trace)(normal([3], 3))), expected, 1e-12);
    const wanted = valuesOf(each);
    const compiled = await compile(vmap(jacobian(f, { mode: "forward" })))(x);
    expectClose([...(await compiled.data())], wanted, 1e-5);
  });

  it("says what is wrong", () => {
    const x = normal([3], 1);
    expect(() => jacobian(sin, { mode: "rev" as "reverse" })(x)).toThrow(
      'jacobian: mode must be "forward" or "reverse", got "rev"',
    );
    expect(() => jacobian((x: Tensor) => cast(x, "f32"))(tensor([1], { dtype: "i32" }))).toThrow(
      "jacobian: argument 0 is Tensor(i32 [1]), and integers and bools have no gradient; cast to f32 first, or choose another argument",
    );
  });
});

describe("hessian", () => {
  it("of a quadratic form x A x / 2 + b x is its symmetric part", () => {
    const a = normal([4, 4], 1);
    const f = (x: Tensor): Tensor => add(mul(matmul(matmul(x, a), x), 0.5), sum(mul(normal([4], 2), x)));
    const expected = mul(add(a, transpose(a)), 0.5);
    expectClose(valuesOf(hessian(f)(normal([4], 3))), valuesOf(expected), 1e-14);
  });

  it("of what is smooth where its operands are equal is not 0 there", () => {
    expectClose(valuesOf(hessian((x: Tensor) => logAddExp(x, 0))(tensor(0))), [0.25], 1e-12);
    const quarters = [0.25, -0.25, -0.25, 0.25];
    const last = (x: Tensor): Tensor => slice(logCumSumExp(x, 0), [1], [2]);
    expectClose(valuesOf(hessian((x: Tensor) => sum(last(x)))(tensor([3, 3]))), quarters, 1e-12);
    const infinite = tensor([-Infinity, Infinity, Infinity, 1]);
    const others = tensor([-Infinity, Infinity, -Infinity, Infinity]);
    expect(valuesOf(logAddExp(infinite, others))).toEqual([-Infinity, Infinity, Infinity, Infinity]);
    expect(valuesOf(grad((x: Tensor) => sum(logAddExp(x, others)))(infinite))).toEqual([0.5, 0.5, 1, 0]);
  });

  it("has the blocks of trees, and is what multiplies a vector", () => {
    type Point = { readonly a: Tensor; readonly b: Tensor };
    const f = ({ a, b }: Point): Tensor => sum(mul(sin(mul(a, a)), exp(b)));
    const point = { a: normal([3], 1), b: normal([3], 2) };
    const blocks = hessian(f)(point);
    expectTypeOf(blocks).toEqualTypeOf<{ readonly a: Point; readonly b: Point }>();
    expectClose(valuesOf(blocks.a.b), valuesOf(transpose(blocks.b.a)), 1e-14);
    const v = { a: normal([3], 3), b: normal([3], 4) };
    const product = hessianVectorProduct(f, point, v);
    expectClose(valuesOf(add(matmul(blocks.a.a, v.a), matmul(blocks.a.b, v.b))), valuesOf(product.a), 1e-12);
    expectClose(valuesOf(add(matmul(blocks.b.a, v.a), matmul(blocks.b.b, v.b))), valuesOf(product.b), 1e-12);
  });
});

describe("linearize", () => {
  it("computes the function once for all directions, and is linear in them", () => {
    let calls = 0;
    const f = (x: Tensor, y: Tensor): Tensor => {
      calls += 1;
      return mul(sin(x), exp(y));
    };
    const [x, y] = [normal([3], 1), normal([3], 2)];
    const { value, pushforward } = linearize(f, x, y);
    const [t, u] = [normal([3], 3), normal([3], 4)];
    expect(valuesOf(value)).toEqual(valuesOf(f(x, y)));
    expectClose(valuesOf(pushforward(t, u)), valuesOf(jvp(f, [x, y], [t, u]).tangent), 0);
    const twice = pushforward(mul(t, 2), mul(u, 2));
    expectClose(valuesOf(twice), valuesOf(mul(pushforward(t, u), 2)), 1e-14);
    expect(calls).toBe(3);
  });

  it("pushes several directions at once through vmap", () => {
    const x = normal([3], 1);
    const { pushforward } = linearize((x: Tensor) => softmax(x), x);
    expectClose(
      valuesOf(vmap(pushforward)(eye(3))),
      valuesOf(transpose(jacobian((x: Tensor) => softmax(x))(x))),
      1e-14,
    );
  });

  it("builds nothing of a way back: the tangent of a chain is as long as the chain", () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 50; i++) y = sin(y);
      return y;
    };
    const x = normal([2], 1);
    const found = new Set([jvp(f, [x], [x]).tangent]);
    for (const { definition } of found) for (const input of definition.inputs) found.add(input);
    // The sine and the cosine of each value, and a product.
    const counted = [...found].map(({ definition }) => definition.op);
    expect(counted.filter((op) => op === "mul")).toHaveLength(50);
    expect(counted.filter((op) => op === "cos")).toHaveLength(50);
    expect(counted.filter((op) => op === "sin")).toHaveLength(49);
  });

  it("goes through a gradient of one's own by its transpose", () => {
    const doubled = customVjp(
      (x: Tensor, y: Tensor) => [mul(x, y), add(x, y)],
      ([g, h], [x, y]) => [add(mul(mul(g!, y), 2), h!), add(mul(g!, x), h!)],
    );
    const { tangent } = jvp(
      (x: Tensor, y: Tensor) => doubled(x, y),
      [tensor([2]), tensor([5])],
      [tensor([1]), tensor([10])],
    );
    expect(tangent.map(valuesOf)).toEqual([[2 * 5 * 1 + 2 * 10], [11]]);
  });

  it("names integers and tangents of another shape", () => {
    expect(() => linearize(sin, tensor([1], { dtype: "i32" }))).toThrow(
      "linearize: there is no gradient of integers and bools, and the arguments are Tensor(i32 [1]); cast to f32 first",
    );
    expect(() => linearize(sin, tensor([1, 2])).pushforward(tensor([1]))).toThrow(
      'linearize: the tangent of "0" must be f32 [2], got f32 [1]',
    );
  });
});
