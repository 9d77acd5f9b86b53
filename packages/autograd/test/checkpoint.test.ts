import {
  add,
  bernoulli,
  conv2d,
  exp,
  full,
  key,
  matmul,
  mul,
  relu,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  where,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { runs, seeds } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkpoint, customVjp, grad, hessianVectorProduct, valueAndGrad } from "../src/index.js";
import { checkGradients } from "../src/testing.js";
import { behind, countOps } from "./graphs.js";

type Layer = (x: Tensor, w: Tensor) => Tensor;

const layers: Readonly<Record<string, Layer>> = {
  matmul: (x, w) => tanh(matmul(x, w)),
  "with a mask": (x, w) => where(bernoulli(key(1), 0.5, x.shape), mul(x, sum(w)), exp(mul(x, 0.1))),
  "nested checkpoints": (x, w) => checkpoint((x: Tensor) => tanh(matmul(checkpoint(tanh)(x), w)))(mul(x, 2)),
  "a custom gradient inside": (x, w) => {
    const square = customVjp(
      (x: Tensor) => mul(x, x),
      (g, [x]) => [mul(g, mul(x, 2))],
    );
    return tanh(square(matmul(x, w)));
  },
  "a gradient inside": (x, w) => grad((x: Tensor) => sum(tanh(matmul(x, w))))(x),
};

describe("checkpoint", () => {
  for (const [name, layer] of Object.entries(layers)) {
    it(`gives the values and gradients of the function itself: ${name}`, () => {
      const property = fc.property(seeds, (seed) => {
        const [x, w] = [normal([2, 3], seed), normal([3, 3], seed + 1)];
        const loss = (layer: Layer) =>
          valueAndGrad((x: Tensor, w: Tensor) => sum(exp(layer(mul(x, 3), w))), { argument: [0, 1] });
        const [plain, kept] = [loss(layer)(x, w), loss(checkpoint(layer))(x, w)];
        expect(valuesOf(kept.value)).toEqual(valuesOf(plain.value));
        expect(kept.grads.map(valuesOf)).toEqual(plain.grads.map(valuesOf));
      });
      fc.assert(property, runs);
    });

    it(`is differentiated again: ${name}`, () => {
      checkGradients(checkpoint(layer), [normal([2, 3], 0), normal([3, 3], 1)]);
      const f = (layer: Layer) => (x: Tensor) => sum(layer(x, normal([3, 3], 1)));
      const [x, v] = [normal([2, 3], 0), normal([2, 3], 2)];
      const [plain, kept] = interpret(
        [f(layer), f(checkpoint(layer))].map((f) => hessianVectorProduct(f, x, v)),
      );
      for (const [i, value] of kept!.entries()) expect(value).toBeCloseTo(plain![i]!, 12);
    });
  }

  it("differentiates what the function closes over, as the function itself does", () => {
    const f = (wrap: typeof checkpoint) =>
      grad(({ w, b }: { w: Tensor; b: Tensor }, x: Tensor) =>
        sum(wrap((x: Tensor) => tanh(add(mul(x, w), b)))(x)),
      );
    const parameters = { w: normal([3], 0), b: normal([3], 1) };
    const [plain, kept] = [
      f((f) => f)(parameters, normal([3], 2)),
      f(checkpoint)(parameters, normal([3], 2)),
    ];
    expect(valuesOf(kept.w)).toEqual(valuesOf(plain.w));
    expect(valuesOf(kept.b)).toEqual(valuesOf(plain.b));
  });

  it("keeps no intermediate value for the gradient, and recomputes each", () => {
    let intermediate: Tensor | undefined;
    const block = (x: Tensor): Tensor => {
      intermediate = exp(mul(x, 2));
      return mul(intermediate, intermediate);
    };
    const x = normal([3], 0);
    expect(behind([grad((x: Tensor) => sum(block(x)))(x)])).toContain(intermediate);
    const gradient = grad((x: Tensor) => sum(checkpoint(block)(x)))(x);
    expect(behind([gradient])).not.toContain(intermediate);
    expect(countOps(gradient)).toMatchObject({ exp: 1, barrier: 1 });
  });

  it("recomputes after the incoming gradient is known", () => {
    let incoming: Tensor | undefined;
    const spy = customVjp(
      (x: Tensor) => mul(x, 1),
      (g) => {
        incoming = mul(g, 7);
        return [incoming];
      },
    );
    const gradient = grad((x: Tensor) => sum(spy(checkpoint((x: Tensor) => exp(exp(x)))(x))))(normal([2], 0));
    const barriers = [...behind([gradient])].filter(({ definition }) => definition.op === "barrier");
    expect(barriers).toHaveLength(1);
    expect(barriers[0]!.definition.inputs).toContain(incoming);
  });

  it("calls the function once", () => {
    let calls = 0;
    const f = checkpoint((x: Tensor) => {
      calls++;
      return tanh(x);
    });
    grad((x: Tensor) => sum(f(x)))(normal([2], 0));
    expect(calls).toBe(1);
  });

  it("takes and returns trees, with arguments of any kind and integer leaves", () => {
    interface Batch {
      readonly table: Tensor;
      readonly indices: Tensor;
    }
    const f = ({ table, indices }: Batch, scale: number, name: string) => {
      const rows = take(table, indices, 0);
      return { [name]: [mul(rows, scale), sub(rows, 1)], indices, unused: undefined };
    };
    const batch = { table: normal([4, 2], 0), indices: tensor([3, 3, 1], { dtype: "i32" }) };
    const loss = (g: typeof f) => (batch: Batch) => {
      const [a, b] = g(batch, 3, "rows").rows as Tensor[];
      return sum(mul(a!, b!));
    };
    const [plain, kept] = [grad(loss(f))(batch), grad(loss(checkpoint(f)))(batch)];
    expect(valuesOf(kept.table)).toEqual(valuesOf(plain.table));
    expect(kept.indices).toBeUndefined();
    const result = checkpoint(f)(batch, 3, "rows");
    expect(result.indices).toBe(batch.indices);
    expect(Object.keys(result)).toEqual(["rows", "indices", "unused"]);
  });

  it("keeps apart the results of a custom function of which it uses some", () => {
    const f = customVjp(
      (x: Tensor) => [mul(x, 2), mul(x, 3)] as const,
      (g) => [add(mul(g[0], 2), mul(g[1], 3))],
    );
    const second = grad((x: Tensor) => sum(checkpoint((x: Tensor) => f(x)[1])(x)));
    expect(valuesOf(second(tensor([1, 1])))).toEqual([3, 3]);
  });

  it("passes through results that are arguments or constants", () => {
    const f = checkpoint((x: Tensor) => [x, full([2], 3), exp(x)] as const);
    const gradient = grad((x: Tensor) => {
      const [same, constant, y] = f(x);
      return sum(mul(mul(same, constant), y));
    })(tensor([0, 1]));
    const [a, b] = valuesOf(gradient);
    expect(a).toBeCloseTo(3, 12);
    expect(b).toBeCloseTo(6 * Math.E, 12);
  });

  it("works over a convolution stack", () => {
    const weights = [normal([3, 3, 1, 2], 0), normal([3, 3, 2, 2], 1)];
    const stack = (x: Tensor, ws: readonly Tensor[]): Tensor =>
      ws.reduce((y, w) => checkpoint((y: Tensor) => relu(conv2d(y, w, { padding: 1 })))(y), x);
    checkGradients(stack, [normal([1, 5, 4, 1], 2), weights]);
  });
});
