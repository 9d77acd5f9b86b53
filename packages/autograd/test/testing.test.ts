import {
  abs,
  add,
  cast,
  conv2d,
  convTranspose2d,
  exp,
  flip,
  floor,
  input,
  mul,
  relu,
  sin,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
} from "@clidim/tensor";
import { runs, seeds } from "@clidim/testing/arbitraries";
import { normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customVjp, stopGradient } from "../src/index.js";
import { checkAdjoint, checkGradients } from "../src/testing.js";

const x = normal([2, 3], 0);

describe("checkGradients accepts what is right", () => {
  it("functions of trees that return trees, with integer leaves", () => {
    const f = ({ table, indices }: { table: Tensor; indices: Tensor }, [scale]: readonly Tensor[]) => ({
      rows: [mul(take(table, indices, 0), scale!)],
      indices,
    });
    const indices = tensor([1, 1, 0], { dtype: "i32" });
    checkGradients(f, [{ table: x, indices }, [tensor(3)]]);
  });

  it("to the order asked for", () => {
    let calls = 0;
    const f = (x: Tensor): Tensor => {
      calls++;
      return sin(x);
    };
    for (const order of [1, 2, 3]) {
      calls = 0;
      checkGradients(f, [x], { order, projections: 4 });
      // Traced once per order, however often it is computed.
      expect(calls).toBe(order);
    }
  });

  it("functions of widely different scales", () => {
    checkGradients((x: Tensor) => [mul(exp(x), 1e8), mul(sin(x), 1e-8)], [x]);
  });
});

describe("checkGradients catches what is wrong", () => {
  /** x -> sin(x) with a gradient of our making. */
  const planted = (backward: (g: Tensor, x: Tensor) => Tensor): ((x: Tensor) => Tensor) =>
    customVjp(
      (x: Tensor) => sin(x),
      (g, [x]) => [backward(g, x)],
    );
  const cosine = (x: Tensor): Tensor => sin(add(x, Math.PI / 2));

  const mistakes: Readonly<Record<string, (g: Tensor, x: Tensor) => Tensor>> = {
    "a factor two": (g, x) => mul(mul(g, cosine(x)), 2),
    "a sign": (g, x) => mul(mul(g, cosine(x)), -1),
    "a relative error of 1e-4": (g, x) => mul(mul(g, cosine(x)), 1.0001),
    "one element of six": (g, x) =>
      mul(
        mul(g, cosine(x)),
        tensor([
          [1, 1, 1],
          [1, 1.1, 1],
        ]),
      ),
    "a permutation": (g, x) => flip(mul(g, cosine(x)), [1]),
    "no gradient": (g) => mul(g, 0),
    "a NaN": (g, x) => mul(mul(g, cosine(x)), tensor([Number.NaN, 1, 1])),
  };
  for (const [name, backward] of Object.entries(mistakes)) {
    it(name, () => {
      const property = fc.property(seeds, (seed) => {
        expect(() => checkGradients(planted(backward), [normal([2, 3], seed)], { seed, order: 1 })).toThrow(
          "checkGradients: the gradient of order 1 is wrong",
        );
      });
      fc.assert(property, runs);
    });
  }

  it("a mistake that only the second derivative shows", () => {
    const constant = planted((g, x) => mul(g, stopGradient(cosine(x))));
    checkGradients(constant, [x], { order: 1 });
    expect(() => checkGradients(constant, [x])).toThrow("the gradient of order 2 is wrong");
  });

  it("a transposed kernel in a convolution", () => {
    const options = { stride: 2, padding: 1 } as const;
    const inputSize = [5, 6] as const;
    const wrong = customVjp(
      (x: Tensor, w: Tensor) => conv2d(x, w, options),
      (g, [, w]) => [convTranspose2d(g, flip(w, [0, 1]), { ...options, outputSize: inputSize }), undefined],
    );
    const w = normal([3, 3, 2, 3], 1);
    const convolve = (f: typeof wrong) => (x: Tensor) => f(x, w);
    const image = normal([1, ...inputSize, 2], 2);
    checkAdjoint(
      convolve((x, w) => conv2d(x, w, options)),
      [image],
    );
    expect(() => checkAdjoint(convolve(wrong), [image])).toThrow(
      "checkAdjoint: the gradient is not the adjoint",
    );
    expect(() => checkGradients(convolve(wrong), [image])).toThrow("the gradient of order 1 is wrong");
  });

  it("a gradient that was not summed over a broadcast axis", () => {
    const wrong = customVjp(
      (x: Tensor, bias: Tensor) => add(x, bias),
      (g) => [g, g],
    );
    expect(() => checkGradients(wrong, [x, normal([3], 1)])).toThrow(
      'the gradient of argument "1" must be f32 [3], got f32 [2,3]',
    );
    const averaged = customVjp(
      (x: Tensor, bias: Tensor) => add(x, bias),
      (g) => [g, mul(sum(g, 0), 0.5)],
    );
    expect(() => checkGradients(averaged, [x, normal([3], 1)])).toThrow("the gradient of order 1 is wrong");
  });

  it("says where: seed, shapes, both numbers and the worst element", () => {
    const wrong = planted((g, x) =>
      mul(
        mul(g, cosine(x)),
        tensor([
          [1, 1, 1],
          [1, 1, 3],
        ]),
      ),
    );
    expect(() => checkGradients((p: { w: Tensor }) => wrong(p.w), [{ w: x }], { seed: 7 })).toThrow(
      /seed 7, projection 0\): analytic -?[\d.e-]+, numeric -?[\d.e-]+, allowed .*\n {2}inputs: input 0\.w f32 \[2,3\]\n {2}worst element: input 0\.w \[1,2\] = .*analytic .*, numeric/,
    );
  });

  it("says so where the function has a kink or a jump", () => {
    const hint = "where f has a kink or a jump, move the inputs off it";
    const atZero = (x: Tensor): Tensor => mul(x, 0);
    expect(() => checkGradients((x: Tensor) => relu(atZero(x)), [x])).not.toThrow();
    expect(() => checkGradients(relu, [tensor([0, 1])])).toThrow(hint);
    expect(() => checkGradients((x: Tensor) => add(abs(x), relu(x)), [tensor([0, 1])])).toThrow(hint);
    expect(() => checkGradients(floor, [tensor([1, 1.5])])).toThrow(hint);
    expect(() =>
      checkGradients(
        planted(() => mul(x, 2)),
        [x],
      ),
    ).not.toThrow(hint);
  });
});

describe("checkAdjoint", () => {
  it("accepts linear functions of trees", () => {
    checkAdjoint(({ a, b }: { a: Tensor; b: Tensor }) => [sum(a, 0), mul(b, 3)], [{ a: x, b: x }]);
  });

  it("rejects what is not linear", () => {
    expect(() => checkAdjoint(tanh, [x])).toThrow("checkAdjoint: the function is not linear (seed 0)");
    expect(() => checkAdjoint((x: Tensor) => add(x, 1), [x])).toThrow("the function is not linear");
  });
});

describe("what cannot be checked", () => {
  it("inputs without floats, results without floats, and placeholders", () => {
    const integers = tensor([1, 2], { dtype: "i32" });
    expect(() => checkGradients((i: Tensor) => cast(i, "f32"), [integers])).toThrow(
      "checkGradients: nothing to differentiate, the inputs are i32 [2]",
    );
    expect(() => checkGradients((x: Tensor) => cast(x, "i32"), [x])).toThrow(
      "checkGradients: the function returned no float tensor",
    );
    expect(() => checkAdjoint(sin, [input([2], "f32")])).toThrow(
      "checkAdjoint: the inputs must be host values that have not been computed on a device; make them with tensor()",
    );
  });
});
