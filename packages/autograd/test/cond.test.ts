import * as T from "@clidim/tensor";
import { compile, cond, scan, switchCase, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, test } from "vitest";
import { checkpoint, customVjp, grad, jvp, valueAndGrad, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + seed)),
    { shape },
  );

const value = (x: Tensor): number[] => Array.from(interpret([x])[0]!);

/** One of three functions of a vector and a weight that is closed over in part. */
const choose = (index: Tensor, x: Tensor, w: Tensor): { readonly y: Tensor; readonly n: Tensor } =>
  switchCase(
    index,
    [
      (a: Tensor) => ({ y: T.sin(T.mul(a, w)), n: T.full([], 1, "i32") }),
      (a: Tensor) => ({ y: T.exp(a), n: T.full([], 2, "i32") }),
      (a: Tensor) => ({ y: a, n: T.full([], 3, "i32") }),
    ],
    x,
  );

describe("the gradient of cond", () => {
  test("is that of the branch that is taken, in both modes and to second order", () => {
    for (const index of [0, 1, 2]) {
      checkGradients(
        (x: Tensor, w: Tensor) => T.sum(T.mul(choose(tensor(index, { dtype: "i32" }), x, w).y, x)),
        [numbers([4]), numbers([4], 2)],
        { order: 2 },
      );
    }
  });

  test("has nothing of the other one: neither NaN nor infinity, whether handed over or closed over", async () => {
    const f = (x: Tensor): Tensor =>
      T.add(
        cond(
          T.gt(x, 0),
          (a: Tensor) => T.sqrt(a),
          (a: Tensor) => T.mul(a, 3),
          x,
        ),
        cond(
          T.gt(x, 0),
          () => T.log(x),
          () => T.neg(x),
        ),
      );
    for (const [x, y, dy] of [
      [0, 0, 2],
      [-4, -8, 2],
      [4, 2 + Math.log(4), 0.5],
    ] as const) {
      const compiled = await compile(valueAndGrad(f))(tensor(x));
      expect(await compiled.value.item()).toBeCloseTo(y, 5);
      expect(await compiled.grads.item()).toBeCloseTo(dy, 5);
      const tangent = await compile((at: Tensor) => jvp(f, [at], [T.onesLike(at)]))(tensor(x));
      expect(await tangent.tangent.item()).toBeCloseTo(dy, 5);
    }
  });

  test("goes through scans around it and inside it, and through checkpoint", () => {
    // A leaky walk, with a recurrence of its own where it is above 0.
    const walk = (xs: Tensor, w: Tensor): Tensor => {
      const { carry, ys } = scan(
        (state: Tensor, x: Tensor) => {
          const next = cond(
            T.gt(T.sum(state), 0),
            (s: Tensor) =>
              scan((t: Tensor) => ({ carry: T.tanh(T.mul(t, w)), y: undefined }), s, undefined, { length: 2 })
                .carry,
            (s: Tensor) => T.sub(T.mul(s, 0.5), T.square(w)),
            state,
          );
          return { carry: T.add(next, x), y: T.mul(next, state) };
        },
        T.zeros([3]),
        xs,
      );
      return T.add(T.sum(carry), T.sum(ys));
    };
    checkGradients(walk, [numbers([5, 3]), numbers([3], 2)]);
    checkGradients(checkpoint(walk), [numbers([5, 3]), numbers([3], 2)]);
  });

  test("is the user's own inside a branch, where that is given", () => {
    const twice = customVjp(
      (x: Tensor) => T.mul(x, 2),
      (g: Tensor) => [T.mul(g, 7)],
    ) as (x: Tensor) => Tensor;
    const f = (x: Tensor): Tensor =>
      cond(
        T.gt(x, 0),
        (a: Tensor) => twice(a),
        (a: Tensor) => a,
        x,
      );
    expect(value(grad(f)(tensor(3)))).toEqual([7]);
    expect(value(grad(f)(tensor(-3)))).toEqual([1]);
  });
});

describe("vmap of cond", () => {
  test("chooses for each example, or once for all", async () => {
    const one = (i: Tensor, x: Tensor): Tensor => choose(i, x, numbers([3], 2)).y;
    const index = tensor([2, -1, 1, 0, 7], { dtype: "i32" });
    const xs = numbers([5, 3]);
    const all = value(vmap((x: Tensor) => one(tensor(1, { dtype: "i32" }), x))(xs));
    expect(all).toEqual(value(T.exp(xs)));
    const expected = Array.from({ length: 5 }, (_, k) =>
      value(
        one(T.reshape(T.slice(index, [k], [k + 1]), []), T.reshape(T.slice(xs, [k, 0], [k + 1, 3]), [3])),
      ),
    ).flat();
    const each = await compile(vmap(one))(index, xs);
    for (const [k, y] of (await each.data()).entries()) expect(y).toBeCloseTo(expected[k]!, 5);
    // What no example changes stays one value for all, unless a branch makes it differ.
    const { n } = vmap((x: Tensor) => choose(tensor(1, { dtype: "i32" }), x, x))(xs);
    expect(n.shape).toEqual([5]);
  });

  test("differentiates, each example by its own branch", () => {
    const f = (x: Tensor): Tensor =>
      T.sum(
        vmap((a: Tensor) =>
          cond(
            T.gt(a, 0),
            (b: Tensor) => T.square(b),
            (b: Tensor) => T.mul(b, 5),
            a,
          ),
        )(x),
      );
    expect(value(grad(f)(tensor([-1, 2, 3])))).toEqual([5, 4, 6]);
    expect(
      value(vmap(grad((a: Tensor) => cond(T.gt(a, 0), T.square, T.neg, a)))(tensor([-1, 2, 3]))),
    ).toEqual([-1, 4, 6]);
  });
});
