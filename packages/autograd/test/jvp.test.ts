import { argmax, exp, matmul, mul, sin, sum, type Tensor, tanh, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { runs, seeds, shapes } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, hessianVectorProduct, jvp, vjp } from "../src/index.js";

const dot = (a: Tensor, b: Tensor): number => valuesOf(sum(mul(a, b)))[0]!;

describe("jvp", () => {
  it("is the derivative in a direction", () => {
    const { value, tangent } = jvp((x: Tensor) => sin(mul(x, x)), [tensor([1, 2])], [tensor([1, 0.5])]);
    expect(valuesOf(value)).toEqual([Math.sin(1), Math.sin(4)]);
    expect(valuesOf(tangent)).toEqual([2 * Math.cos(1), 2 * Math.cos(4)]);
  });

  it("is the adjoint of the vjp: <jvp(v), u> = <v, vjp(u)>", () => {
    const property = fc.property(shapes(2, 2), seeds, ([m, n], seed) => {
      const f = (a: Tensor, b: Tensor): Tensor => tanh(matmul(a, exp(b)));
      const args = [normal([m!, n!], seed), normal([n!, 2], seed + 1)] as const;
      const direction = [normal([m!, n!], seed + 2), normal([n!, 2], seed + 3)] as const;
      const u = normal([m!, 2], seed + 4);
      const { tangent } = jvp(f, args, direction);
      const [a, b] = vjp(f, ...args).pullback(u);
      expect(dot(tangent, u)).toBeCloseTo(dot(direction[0], a) + dot(direction[1], b), 10);
    });
    fc.assert(property, runs);
  });

  it("takes trees, with undefined for results that are integers", () => {
    const f = ({ x, scale }: { x: Tensor; scale: Tensor }) => ({ y: mul(x, scale), best: argmax(x, 0) });
    const { value, tangent } = jvp(
      f,
      [{ x: tensor([1, 2]), scale: tensor(3) }],
      [{ x: tensor([1, 0]), scale: tensor(10) }],
    );
    expect(valuesOf(value.best)).toEqual([1]);
    expect(valuesOf(tangent.y)).toEqual([13, 20]);
    expect(tangent.best).toBeUndefined();
  });

  it("is differentiated again", () => {
    // d/dx of the derivative of x^3 in the direction 1
    const f = (x: Tensor): Tensor => jvp((x: Tensor) => mul(x, mul(x, x)), [x], [tensor(1)]).tangent;
    expect(valuesOf(grad(f)(tensor(2)))).toEqual([12]);
  });

  it("names a tangent of another shape", () => {
    expect(() => jvp(sin, [tensor([1, 2])], [tensor([1])])).toThrow(
      'jvp: the tangent of "0" must be f32 [2], got f32 [1]',
    );
  });

  it("wants a tangent for each argument", () => {
    const [x, y] = [tensor(2), tensor(3)];
    // From untyped code.
    const one = [tensor(1)] as unknown as [Tensor, Tensor];
    expect(() => jvp(mul, [x, y], one)).toThrow("jvp: expected a tangent for each of 2 primals, got 1;");
    const three = [x, x, x] as unknown as [Tensor, Tensor];
    expect(() => jvp(mul, [x, y], three)).toThrow("jvp: expected a tangent for each of 2 primals, got 3;");
  });
});

describe("hessianVectorProduct", () => {
  it("is the product with the matrix of a quadratic form, over trees", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => sum(mul(mul(a, a), b));
    const [x, v] = [
      { a: tensor([1, 2]), b: tensor([3, 4]) },
      { a: tensor([1, 0]), b: tensor([0, 1]) },
    ];
    // d2f/da2 = 2b, d2f/dadb = 2a
    const { a, b } = hessianVectorProduct(f, x, v);
    expect(valuesOf(a)).toEqual([6, 4]);
    expect(valuesOf(b)).toEqual([2, 0]);
  });

  it("is symmetric: <w, H v> = <v, H w>", () => {
    const property = fc.property(seeds, (seed) => {
      const m = normal([3, 3], seed + 9);
      const f = (x: Tensor): Tensor => sum(exp(tanh(matmul(x, m))));
      const [x, v, w] = [normal([2, 3], seed), normal([2, 3], seed + 1), normal([2, 3], seed + 2)];
      const [left, right] = interpret([
        sum(mul(w, hessianVectorProduct(f, x, v))),
        sum(mul(v, hessianVectorProduct(f, x, w))),
      ]);
      expect(left![0]).toBeCloseTo(right![0]!, 8);
    });
    fc.assert(property, runs);
  });
});
