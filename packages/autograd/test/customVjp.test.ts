import {
  add,
  argmax,
  cond,
  div,
  exp,
  gt,
  log,
  mul,
  round,
  scan,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
} from "@clidim/tensor";
import { runs, seeds, shapes } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customVjp, grad, jvp, stopGradient, vjp, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";
import { countOps } from "./graphs.js";

/** log(1 + exp(x)) with the gradient written out. */
const softplus = customVjp(
  (x: Tensor) => log(add(exp(x), 1)),
  (g, [x]) => [mul(g, div(1, add(exp(mul(x, -1)), 1)))],
);

describe("customVjp", () => {
  it("has the value of forward and the gradient of backward", () => {
    const double = customVjp(
      (x: Tensor) => mul(x, x),
      (g) => [mul(g, 100)],
    );
    expect(valuesOf(double(tensor([1, 3])))).toEqual([1, 9]);
    expect(valuesOf(grad((x: Tensor) => sum(double(x)))(tensor([1, 3])))).toEqual([100, 100]);
  });

  it("says where backward returns fewer gradients than there are arguments", () => {
    const scaled = customVjp(
      (x: Tensor, w: Tensor) => mul(x, w),
      // As JavaScript may have it.
      (g) => [g] as unknown as [Tensor, Tensor],
    );
    expect(() => grad((w: Tensor) => sum(scaled(tensor([2]), w)))(tensor([3]))).toThrow(
      "customVjp: backward returns a gradient for each of the 2 arguments, got 1",
    );
  });

  it("lets backward speak of an argument that was left out", () => {
    const scaled = customVjp(
      (x: Tensor, w?: Tensor) => (w ? mul(x, w) : x),
      (g, [x, w]) => [w ? mul(g, w) : g, w ? mul(g, x) : undefined],
    );
    const gradient = grad((x: Tensor) => sum((scaled as (x: Tensor) => Tensor)(x)))(tensor([2, 3]));
    expect(valuesOf(gradient)).toEqual([1, 1]);
  });

  it("is differentiated again through backward", () => {
    fc.assert(
      fc.property(shapes(0, 2), seeds, (shape, seed) =>
        checkGradients(softplus, [normal(shape, seed)], { seed, order: 3 }),
      ),
      runs,
    );
  });

  it("uses its own derivative where backward uses the value", () => {
    // exp'(x) = exp(x): the second derivative goes through the value given to backward.
    const exponential = customVjp(
      (x: Tensor) => exp(x),
      (g, _args, y) => [mul(g, y)],
    );
    checkGradients(exponential, [normal([3], 0)], { order: 3 });
  });

  it("passes gradients straight through a function that has none", () => {
    const straight = customVjp(
      (x: Tensor) => round(x),
      (g) => [g],
    );
    const f = (x: Tensor): Tensor => sum(mul(straight(x), tensor([1, 2])));
    expect(valuesOf(grad(f)(tensor([0.4, 1.7])))).toEqual([1, 2]);
  });

  it("takes trees, and undefined for an argument without gradient", () => {
    const f = customVjp(
      ({ a, b }: { a: Tensor; b: Tensor }, c: Tensor) => mul(mul(a, b), c),
      (g, [{ a, b }, c]) => [{ a: mul(g, mul(b, c)), b: mul(g, mul(a, c)) }, undefined],
    );
    const [tree, c] = vjp(f, { a: tensor(2), b: tensor(3) }, tensor(5)).pullback(tensor(1));
    expect([tree.a, tree.b, c].map(valuesOf)).toEqual([[15], [10], [0]]);
  });

  it("differentiates several results in one call of backward, with zeros for those unused", () => {
    let calls = 0;
    const f = customVjp(
      (x: Tensor) => ({ double: mul(x, 2), triple: mul(x, 3), index: argmax(x, 0) }),
      (g) => {
        calls++;
        return [add(mul(g.double, 2), mul(g.triple, 3))];
      },
    );
    const x = tensor([1, 5]);
    const both = grad((x: Tensor) => {
      const { double, triple } = f(x);
      return sum(add(double, mul(triple, 10)));
    });
    expect(valuesOf(both(x))).toEqual([32, 32]);
    expect(calls).toBe(1);
    expect(valuesOf(grad((x: Tensor) => sum(f(x).triple))(x))).toEqual([3, 3]);
    expect(valuesOf(f(x).index)).toEqual([1]);
    checkGradients((x: Tensor) => f(mul(x, x)), [x]);
  });

  it("is not called when its gradient is not needed", () => {
    const unreachable = customVjp(
      (x: Tensor) => mul(x, 2),
      () => {
        throw new Error("called");
      },
    );
    const f = (x: Tensor, y: Tensor): Tensor => sum(add(unreachable(x), mul(y, 3)));
    expect(valuesOf(grad(f, { argument: 1 })(tensor([1]), tensor([1])))).toEqual([3]);
  });

  it("computes only the forward value's graph", () => {
    expect(countOps(softplus(tensor([1])))).toMatchObject({ exp: 1, log: 1, customVjp: 1 });
  });

  it("names a gradient of another shape", () => {
    const wrong = customVjp(
      (x: Tensor, w: { bias: Tensor }) => add(x, w.bias),
      (g) => [g, { bias: g }],
    );
    const f = (x: Tensor, bias: Tensor): Tensor => sum(wrong(x, { bias }));
    expect(() => grad(f)(normal([2, 3], 0), normal([3], 1))).toThrow(
      'customVjp: the gradient of argument "1.bias" must be f32 [3], got f32 [2,3]',
    );
  });

  it("refuses to differentiate what forward closes over", () => {
    const f = (w: Tensor): Tensor => {
      const scaled = customVjp(
        (x: Tensor) => mul(x, w),
        (g) => [mul(g, w)],
      );
      return sum(scaled(tensor([1, 2])));
    };
    // Nothing is wrong as long as w is a constant.
    expect(valuesOf(f(tensor(2)))).toEqual([6]);
    expect(() => grad((w: Tensor) => f(mul(w, 2)))(tensor(2))).toThrow(
      /^customVjp: the function uses a tensor f32 \[\], which is being differentiated, without taking it as an argument/,
    );
    const stopped = (x: Tensor, w: Tensor): Tensor => {
      const scaled = customVjp(
        (x: Tensor) => mul(x, stopGradient(w)),
        (g) => [mul(g, stopGradient(w))],
      );
      return sum(scaled(x));
    };
    expect(grad(stopped, { argument: [0, 1] })(tensor([1, 2]), tensor(3)).map(valuesOf)).toEqual([
      [3, 3],
      [0],
    ]);
    const stoppedBefore = (w: Tensor): Tensor => f(stopGradient(w));
    expect(valuesOf(grad(stoppedBefore)(tensor(2)))).toEqual([0]);
  });

  it("answers for the custom functions inside forward, whatever they close over", () => {
    const outer = customVjp(
      (x: Tensor, w: Tensor) => {
        const inner = customVjp(
          (x: Tensor) => mul(x, w),
          (g) => [g],
        );
        return inner(x);
      },
      (g, [x, w]) => [mul(g, w), mul(g, x)],
    );
    const gradients = grad((x: Tensor, w: Tensor) => outer(x, w), { argument: [0, 1] })(tensor(2), tensor(3));
    expect(gradients.map(valuesOf)).toEqual([[3], [2]]);
  });

  it("hands backward integers and bools of the value inside scan, cond and vmap, too", () => {
    const twice = customVjp(
      (x: Tensor) => {
        const mask = gt(x, 0);
        return { mask, y: where(mask, mul(x, 2), 0) };
      },
      ({ y }, _args, { mask }) => [where(mask, mul(y, 2), 0)],
    );
    const turns = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const walked = (x: Tensor): Tensor =>
      sum(
        scan((state: Tensor, turn: Tensor) => ({ carry: twice(mul(state, turn)).y, y: undefined }), x, turns)
          .carry,
      );
    const x = tensor([1, -1, 1]);
    // d/dx (2 t2 (2 t1 x)) = 4 t1 t2
    expect(valuesOf(grad(walked)(x))).toEqual([16, 0, 72]);
    expect(valuesOf(jvp(walked, [x], [tensor([1, 1, 1])]).tangent)).toEqual([88]);
    expect(valuesOf(vmap(grad(walked))(stack([x, mul(x, -1)], 0)))).toEqual([16, 0, 72, 0, 40, 0]);
    const chosen = (x: Tensor): Tensor =>
      sum(
        cond(
          gt(sum(x), 0),
          (x: Tensor) => twice(x).y,
          (x: Tensor) => x,
          x,
        ),
      );
    expect(valuesOf(grad(chosen)(x))).toEqual([2, 0, 2]);
  });

  it("says what backward may not close over inside scan and cond", () => {
    const scaledBy = (w: Tensor): ((x: Tensor) => Tensor) =>
      customVjp(
        (x: Tensor) => mul(x, w),
        (g) => [mul(g, w)],
      );
    const turns = tensor([[1, 2]]);
    const x = tensor([3, 4]);
    const walked = (of: (turn: Tensor) => Tensor): ((x: Tensor) => Tensor) => {
      return (x) =>
        sum(
          scan(
            (state: Tensor, turn: Tensor) => ({ carry: scaledBy(of(turn))(state), y: undefined }),
            x,
            turns,
          ).carry,
        );
    };
    const message =
      /^customVjp: inside scan, cond or whileLoop, the gradient uses a tensor f32 \[2\] of a turn or a branch, .*; pass it as an argument, too$/;
    expect(() => grad(walked((turn) => turn))(x)).toThrow(message);
    expect(() => jvp(walked(exp), [x], [x])).toThrow(message);
    const chosen = (x: Tensor): Tensor =>
      sum(
        cond(
          tensor(true),
          (x: Tensor, w: Tensor) => scaledBy(w)(x),
          (x: Tensor) => x,
          x,
          tensor([5, 6]),
        ),
      );
    expect(() => grad(chosen)(x)).toThrow(message);
    // What comes from outside stays what it is.
    expect(valuesOf(grad(walked(() => tensor([5, 6])))(x))).toEqual([5, 6]);
    const outer = (x: Tensor, w: Tensor): Tensor =>
      sum(
        scan(
          (s: Tensor, w: Tensor) => ({ carry: grad(walked(() => w))(s), y: undefined }),
          x,
          stack([w, w], 0),
        ).carry,
      );
    expect(valuesOf(outer(x, tensor([5, 6])))).toEqual([11]);
  });

  it("works inside other custom functions", () => {
    const outer = customVjp(
      (x: Tensor) => mul(softplus(x), 2),
      (g, [x]) => vjp((x: Tensor) => mul(softplus(x), 2), x).pullback(g),
    );
    checkGradients((x: Tensor) => stack([outer(x), sub(x, outer(x))], 0), [normal([2], 0)], { order: 3 });
  });
});
