import * as T from "@clidim/tensor";
import { compile, cond, foriLoop, scan, type Tensor, tensor, whileLoop } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, test } from "vitest";
import { grad, jacobian, jvp, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const value = (x: Tensor): number[] => Array.from(interpret([x])[0]!);

/** The square root by Newton's method, as many steps as it takes. */
const root = (x: Tensor): { readonly y: Tensor; readonly steps: Tensor } =>
  whileLoop(
    ({ y }) => T.gt(T.abs(T.sub(T.mul(y, y), x)), T.mul(x, 1e-5)),
    ({ y, steps }) => ({ y: T.mul(T.add(y, T.div(x, y)), 0.5), steps: T.add(steps, 1) }),
    { y: T.add(T.mul(x, 0), 1), steps: T.full([], 0, "i32") },
    { maxSteps: 30 },
  );

describe("whileLoop", () => {
  test("has tangents, of states and of what is closed over", async () => {
    for (const x of [2, 100]) {
      const { value: y, tangent } = await compile((a: Tensor) =>
        jvp((b: Tensor) => root(b).y, [a], [T.onesLike(a)]),
      )(tensor(x));
      expect(await y.item()).toBeCloseTo(Math.sqrt(x), 4);
      expect(await tangent.item()).toBeCloseTo(0.5 / Math.sqrt(x), 4);
    }
  });

  test("has no gradient, and says what has", () => {
    expect(() => grad((x: Tensor) => root(x).y)(tensor(2))).toThrow(
      /vjp of whileLoop: .*use scan, or foriLoop with numbers/,
    );
    // What no gradient goes through may be in a loss.
    expect(value(grad((x: Tensor) => T.mul(x, T.stopGradient(root(x).y)))(tensor(4)))[0]).toBeCloseTo(2, 4);
    expect(value(grad((x: Tensor) => T.mul(x, T.cast(root(x).steps, "f32")))(tensor(4)))).toEqual(
      value(T.cast(root(tensor(4)).steps, "f32")),
    );
  });

  test("goes on for each example of vmap as long as its own condition holds", async () => {
    const xs = tensor([2, 1, 100, 0.25]);
    const all = await compile(vmap(root))(tensor([2, 1, 100, 0.25]));
    const each = [2, 1, 100, 0.25].map((x) => root(tensor(x)));
    expect(Array.from(await all.steps.data())).toEqual(each.flatMap(({ steps }) => value(steps)));
    for (const [k, y] of (await all.y.data()).entries()) expect(y).toBeCloseTo(value(each[k]!.y)[0]!, 5);
    // One condition for all, and states that become one for each.
    const powers = vmap((x: Tensor) =>
      whileLoop(
        ({ n }) => T.lt(n, 3),
        ({ n, y }) => ({ n: T.add(n, 1), y: T.mul(y, x) }),
        { n: T.full([], 0, "i32"), y: T.ones([]) },
        { maxSteps: 9 },
      ),
    )(xs);
    expect(powers.n.shape).toEqual([4]);
    expect(value(powers.y)).toEqual([8, 1, 1e6, 1 / 64]);
  });

  test("carries tangents of vmap and through cond and scan", () => {
    const f = (x: Tensor): Tensor =>
      whileLoop(
        (y: Tensor) => T.lt(y, 20),
        (y: Tensor) =>
          scan(
            (s: Tensor) => ({
              carry: cond(
                T.gt(s, 5),
                (t: Tensor) => T.mul(t, x),
                (t: Tensor) => T.mul(T.mul(t, x), x),
                s,
              ),
              y: undefined,
            }),
            y,
            undefined,
            { length: 2 },
          ).carry,
        x,
        { maxSteps: 10 },
      );
    // 2, 8, 16, then 32 and 64: x to the power 6.
    const { value: y, tangent } = jvp(f, [tensor(2)], [tensor(1)]);
    expect([...value(y), ...value(tangent)]).toEqual([64, 6 * 32]);
    expect(value(jacobian(f, { mode: "forward" })(tensor(2)))).toEqual([6 * 32]);
  });
});

describe("foriLoop", () => {
  test("with numbers as bounds has gradients", () => {
    checkGradients(
      (x: Tensor, w: Tensor) =>
        T.sum(foriLoop(1, 4, (i, y: Tensor) => T.sin(T.add(T.mul(y, w), T.cast(i, "f32"))), x)),
      [tensor([0.3, -0.2]), tensor([0.5, 0.7])],
    );
  });
});
