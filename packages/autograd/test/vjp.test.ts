import {
  add,
  cast,
  conv2d,
  exp,
  flatten,
  full,
  leavesWithPaths,
  matmul,
  mul,
  relu,
  square,
  sub,
  sum,
  Tensor,
  type Tree,
  take,
  tanh,
  tensor,
  zerosLike,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { broadcastPair, floats, runs, seeds, shapes } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { grad, stopGradient, valueAndGrad, vjp } from "../src/index.js";
import { countOps } from "./graphs.js";

describe("grad", () => {
  it("is the derivative of a polynomial, and can be taken again", () => {
    const cube = (x: Tensor): Tensor => mul(x, mul(x, x));
    const x = tensor(2);
    expect(valuesOf(cube(x))).toEqual([8]);
    expect(valuesOf(grad(cube)(x))).toEqual([12]);
    expect(valuesOf(grad(grad(cube))(x))).toEqual([12]);
    expect(valuesOf(grad(grad(grad(cube)))(x))).toEqual([6]);
    expect(valuesOf(grad(grad(grad(grad(cube))))(x))).toEqual([0]);
  });

  it("takes what the function closes over as constant, also where it is the argument itself", () => {
    const x = tensor(3);
    expect(valuesOf(grad((y: Tensor) => mul(y, x))(x))).toEqual([3]);
    // d/dx (x d/dy (x + y)) = 1, not 2: the two derivatives are kept apart.
    const inner = (outer: Tensor): Tensor => mul(outer, grad((y: Tensor) => add(outer, y))(tensor(1)));
    expect(valuesOf(grad(inner)(x))).toEqual([1]);
    // d/dx (x d/dy (x y)) = 2 x
    const nested = (outer: Tensor): Tensor => mul(outer, grad((y: Tensor) => mul(outer, y))(tensor(1)));
    expect(valuesOf(grad(nested)(x))).toEqual([6]);
  });

  it("adds up the gradients of a value that is used several times", () => {
    const f = (x: Tensor): Tensor => sum(add(add(mul(x, x), x), add(x, x)));
    expect(valuesOf(grad(f)(tensor([1, -2])))).toEqual([5, -1]);
  });

  it("has zeros where the value does not depend on a leaf, and nothing behind stopGradient", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => sum(add(a, stopGradient(mul(a, b))));
    const gradients = grad(f)({ a: tensor([1, 2]), b: tensor([3, 4]) });
    expect(valuesOf(gradients.a)).toEqual([1, 1]);
    expect(valuesOf(gradients.b)).toEqual([0, 0]);
    expect(valuesOf(grad((x: Tensor) => zerosLike(sum(x)))(tensor([1, 2])))).toEqual([0, 0]);
  });

  it("differentiates the arguments it is asked for, and passes the others on as they are", () => {
    const f = (x: Tensor, scale: number, y: Tensor): Tensor => sum(mul(mul(x, y), scale));
    const [x, y] = [tensor([1, 2]), tensor([3, 4])];
    expect(valuesOf(grad(f)(x, 2, y))).toEqual([6, 8]);
    expect(valuesOf(grad(f, { argument: 2 })(x, 2, y))).toEqual([2, 4]);
    const both = grad(f, { argument: [2, 0] })(x, 2, y);
    expectTypeOf(both).toEqualTypeOf<readonly [Tensor, Tensor]>();
    expect(both.map(valuesOf)).toEqual([
      [2, 4],
      [6, 8],
    ]);
    // What one of them moves the other would move back.
    expect(() => grad(f, { argument: [2, 0, 2] })(x, 2, y)).toThrow(
      "grad: argument 2 was asked for twice; take each once",
    );
  });

  it("builds no gradient that was not asked for", () => {
    const [x, w] = [normal([1, 5, 5, 2], 0), normal([3, 3, 2, 4], 1)];
    const f = (x: Tensor, w: Tensor): Tensor => sum(relu(conv2d(x, w)));
    expect(countOps(grad(f)(x, w))).toMatchObject({ convTranspose2d: 1 });
    expect(countOps(grad(f)(x, w))).not.toHaveProperty("conv2dWeightGradient");
    expect(countOps(grad(f, { argument: 1 })(x, w))).toMatchObject({ conv2dWeightGradient: 1 });
    expect(countOps(grad(f, { argument: 1 })(x, w))).not.toHaveProperty("convTranspose2d");
  });
});

describe("valueAndGrad", () => {
  it("hands out what stands beside the loss, undifferentiated", () => {
    const f = (w: { scale: Tensor }, x: Tensor): { loss: Tensor; aux: { hidden: Tensor; note: string } } => {
      const hidden = mul(x, w.scale);
      return { loss: sum(square(hidden)), aux: { hidden, note: "as it is" } };
    };
    const { value, grads, aux } = valueAndGrad(f)({ scale: tensor(2) }, tensor([1, 3]));
    expectTypeOf(grads).toEqualTypeOf<{ scale: Tensor }>();
    expectTypeOf(aux).toEqualTypeOf<{ hidden: Tensor; note: string }>();
    expect(valuesOf(value)).toEqual([40]);
    expect(valuesOf(grads.scale)).toEqual([40]);
    expect(valuesOf(aux.hidden)).toEqual([2, 6]);
    expect(aux.note).toBe("as it is");
  });

  it("has no aux for a function that returns a scalar", () => {
    const result = valueAndGrad((x: Tensor) => sum(x))(tensor([1]));
    expectTypeOf(result).toEqualTypeOf<{ readonly value: Tensor; readonly grads: Tensor }>();
    expect(Object.keys(result)).toEqual(["value", "grads"]);
  });
});

describe("vjp", () => {
  it("pulls a cotangent tree back to argument trees, several times", () => {
    const f = (a: Tensor, b: readonly Tensor[]): { sum: Tensor; product: Tensor } => ({
      sum: add(a, b[0]!),
      product: mul(a, b[1]!),
    });
    const { value, pullback } = vjp(f, tensor([1, 2]), [tensor([3, 4]), tensor([5, 6])]);
    expect(valuesOf(value.product)).toEqual([5, 12]);
    const [a, b] = pullback({ sum: tensor([1, 0]), product: tensor([0, 1]) });
    expect([a, ...b].map(valuesOf)).toEqual([
      [1, 6],
      [1, 0],
      [0, 2],
    ]);
    const [again] = pullback({ sum: tensor([0, 0]), product: tensor([1, 0]) });
    expect(valuesOf(again)).toEqual([5, 0]);
  });

  it("leaves integers and bools out: undefined in their place, whatever the cotangent says there", () => {
    const f = (table: Tensor, indices: Tensor): { rows: Tensor; indices: Tensor } => ({
      rows: take(table, indices, 0),
      indices,
    });
    const indices = tensor([2, 0, 2], { dtype: "i32" });
    const { value, pullback } = vjp(f, tensor([1, 2, 3]), indices);
    const [table, none] = pullback({ rows: tensor([1, 10, 100]), indices: zerosLike(value.indices) });
    expect(valuesOf(table)).toEqual([10, 0, 101]);
    expect(none).toBeUndefined();
  });

  it("still differentiates once its value has been computed and forgotten its definition", () => {
    const { value, pullback } = vjp((x: Tensor) => exp(mul(x, 2)), tensor([0, 1]));
    const [values] = interpret([value]);
    // A value that a device holds; the interpreter is fed it instead of reading the buffer.
    value.materialize({} as Parameters<Tensor["materialize"]>[0]);
    expect(value.definition.op).toBe("input");
    const [gradient] = pullback(tensor([1, 1]));
    expect([...interpret([gradient], new Map([[value, values!]]))[0]!]).toEqual([2, 2 * Math.exp(2)]);
  });

  it("differentiates long chains without recursion", () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 20_000; i++) y = add(y, x);
      return y;
    };
    expect(valuesOf(grad(f)(tensor(1)))).toEqual([20_001]);
  });
});

describe("properties of every vjp", () => {
  /** A function with broadcasting, reuse and several outputs. */
  const f = ({ a, b }: Parameters, c: Tensor): { y: Tensor; z: Tensor[] } => {
    const y = mul(tanh(add(a, b[0])), b[0]);
    return { y, z: [sum(mul(y, y)), sub(a, sum(c))] };
  };
  interface Parameters {
    readonly a: Tensor;
    readonly b: readonly [Tensor, Tensor];
  }
  const cases = fc.tuple(broadcastPair, shapes(0, 2), seeds, floats);
  const argumentsOf = ([[a, b], c, seed, dtype]: typeof cases extends fc.Arbitrary<infer T> ? T : never): [
    Parameters,
    Tensor,
  ] => [
    { a: normal(a, seed, dtype), b: [normal(b, seed + 1, dtype), tensor([1, 2], { dtype: "i32" })] },
    normal(c, seed + 2, dtype),
  ];
  const randomLike = (tree: { y: Tensor; z: Tensor[] }, seed: number): { y: Tensor; z: Tensor[] } => {
    const like = (x: Tensor, i: number): Tensor => normal(x.shape, seed + i, x.dtype);
    return { y: like(tree.y, 0), z: tree.z.map((x, i) => like(x, i + 1)) };
  };
  const leavesOf = (tree: unknown): Tensor[] => flatten(tree as Tree<Tensor>).leaves;

  it("gradients have the structure, shapes and dtypes of the arguments", () => {
    const property = fc.property(cases, (drawn) => {
      const args = argumentsOf(drawn);
      const { value, pullback } = vjp(f, ...args);
      const gradients = pullback(randomLike(value, 10));
      const outline = (tree: unknown): string[] =>
        leavesWithPaths(tree as Tree<Tensor>)
          .filter(([, x]) => x.dtype !== "i32")
          .map(([path, x]) => `${path}: ${String(x)}`);
      expect(outline(gradients)).toEqual(outline(args));
      expect(gradients[0].b[1]).toBeUndefined();
    });
    fc.assert(property, runs);
  });

  it("the pullback is linear", () => {
    const property = fc.property(cases, (drawn) => {
      const { value, pullback } = vjp(f, ...argumentsOf(drawn));
      const [u, v] = [randomLike(value, 20), randomLike(value, 30)];
      const combination = {
        y: add(mul(u.y, 2), v.y),
        z: u.z.map((x, i) => add(mul(x, 2), v.z[i]!)),
      };
      const [whole, first, second] = [combination, u, v].map((w) => leavesOf(pullback(w)));
      whole!.forEach((x, i) => {
        const difference = valuesOf(sub(x, add(mul(first![i]!, 2), second![i]!)));
        for (const d of difference) expect(d).toBeCloseTo(0, 10);
      });
    });
    fc.assert(property, runs);
  });

  it("of a composition, is the composition of the vjps in reverse", () => {
    const property = fc.property(shapes(2, 2), seeds, ([m, n], seed) => {
      const [x, w, u] = [normal([m!, n!], seed), normal([n!, 3], seed + 1), normal([m!, 3], seed + 2)];
      const inner = (x: Tensor): Tensor => tanh(mul(x, x));
      const outer = (y: Tensor): Tensor => exp(matmul(y, w));
      const [direct] = vjp((x: Tensor) => outer(inner(x)), x).pullback(u);
      const first = vjp(inner, x);
      const second = vjp(outer, first.value);
      const [chained] = first.pullback(...second.pullback(u));
      expect(valuesOf(direct)).toEqual(valuesOf(chained));
    });
    fc.assert(property, runs);
  });
});

describe("errors say what was expected, what came and what to do", () => {
  const x = tensor([1, 2, 3]);
  const integers = tensor([1, 2], { dtype: "i32" });

  it("a value that is no scalar, or no float", () => {
    expect(() => grad((x: Tensor) => mul(x, 2))(x)).toThrow(
      "grad: the function must return a float scalar, got f32 [3]; reduce it with sum or mean, or use vjp",
    );
    expect(() => grad((x: Tensor) => cast(sum(x), "i32"))(x)).toThrow(
      "must return a float scalar, got i32 []",
    );
  });

  it("an integer argument", () => {
    expect(() => grad((i: Tensor) => sum(cast(i, "f32")))(integers)).toThrow(
      "grad: argument 0 is Tensor(i32 [2]), and integers and bools have no gradient; cast to f32 first, or choose another argument",
    );
    expect(() => vjp((i: Tensor) => cast(i, "f32"), integers)).toThrow(
      "vjp: there is no gradient of integers and bools, and the arguments are Tensor(i32 [2]); cast to f32 first",
    );
  });

  it("an argument that is not there, or holds no tensors", () => {
    expect(() => grad((x: Tensor) => sum(x), { argument: 1 as 0 })(x)).toThrow(
      "grad: argument 1 was asked for, but the function was called with 1",
    );
    expect(() => grad((x: { a: number }) => full([], x.a))({ a: 1 })).toThrow(/number at a/);
  });

  it("a rule that breaks its promise", () => {
    const wrong = (x: Tensor): Tensor => new Tensor([2, 3], "f32", { op: "neg", inputs: [x], params: {} });
    expect(() => grad((x: Tensor) => sum(wrong(x)))(x)).toThrow(
      "vjp of neg: the gradient of input 0 is f32 [2,3], but the input is f32 [3]; its rule must return the input's shape and dtype",
    );
  });

  it("a cotangent of another shape or structure", () => {
    const { pullback } = vjp((x: Tensor) => ({ y: mul(x, 2) }), x);
    expect(() => pullback({ y: tensor([1, 2]) })).toThrow(
      'vjp: the cotangent of "y" must be f32 [3], got f32 [2]',
    );
    expect(() => pullback({ z: x } as unknown as { y: Tensor })).toThrow(
      'vjp: the cotangent of "z" was given, but there is no such leaf; expected "y"',
    );
  });
});
