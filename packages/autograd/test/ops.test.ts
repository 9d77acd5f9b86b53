import {
  abs,
  acosh,
  add,
  asinh,
  atanh,
  cast,
  chunk,
  clip,
  concat,
  conv2d,
  convTranspose2d,
  cosh,
  digamma,
  div,
  elu,
  entr,
  erfcx,
  erfinv,
  exp2,
  expandDims,
  flip,
  gammainc,
  gammaincc,
  gelu,
  glu,
  hardSigmoid,
  hardSwish,
  i0,
  i0e,
  i1,
  i1e,
  irfft,
  j0,
  j1,
  k0,
  k0e,
  k1,
  k1e,
  leakyRelu,
  lgamma,
  log1p,
  log10,
  logAddExp,
  logit,
  logNdtr,
  logSigmoid,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  min,
  mish,
  moveAxis,
  mul,
  ndtr,
  ndtri,
  pad,
  polygamma,
  pow,
  prod,
  reciprocal,
  relu,
  relu6,
  repeat,
  rfft,
  roll,
  rsqrt,
  scatterAdd,
  selu,
  sigmoid,
  silu,
  sinh,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  squeeze,
  stack,
  std,
  sub,
  sum,
  swapAxes,
  type Tensor,
  take,
  tan,
  tanh,
  tensor,
  tile,
  tril,
  triu,
  unstack,
  variance,
  where,
  xlog1py,
  xlogy,
  y0,
  y1,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { broadcastPair, extent, floats, runs, seeds, shapes, someAxes } from "@clidim/testing/arbitraries";
import { awayFromZero, bools, distinct, indices, normal, positive } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad } from "../src/index.js";
import { checkAdjoint, checkGradients } from "../src/testing.js";

type Op = (...xs: readonly Tensor[]) => Tensor;

describe("elementwise functions, to second order", () => {
  const unary: readonly (readonly [name: string, f: (x: Tensor) => Tensor, values: typeof normal])[] = [
    ["relu", relu, awayFromZero],
    ["leakyRelu", (x) => leakyRelu(x, 0.2), awayFromZero],
    ["elu", (x) => elu(x, 0.7), awayFromZero],
    ["sigmoid", sigmoid, normal],
    ["softplus", softplus, normal],
    ["silu", silu, normal],
    ["gelu", gelu, normal],
    ["gelu by tanh", (x) => gelu(x, { approximate: "tanh" }), normal],
    ["relu6", (x) => relu6(mul(x, 3)), awayFromZero],
    ["selu", selu, awayFromZero],
    ["mish", mish, normal],
    ["hardSigmoid", hardSigmoid, normal],
    ["hardSwish", hardSwish, normal],
    ["logSigmoid", logSigmoid, normal],
    ["tan", (x) => tan(mul(tanh(x), 1.2)), normal],
    ["square", square, normal],
    ["reciprocal", reciprocal, awayFromZero],
    ["rsqrt", rsqrt, positive],
    ["sinh, cosh", (x) => mul(sinh(x), cosh(mul(x, 0.5))), normal],
    ["asinh", (x) => asinh(mul(x, 2)), normal],
    ["acosh", (x) => acosh(add(x, 1)), positive],
    ["atanh of tanh", (x) => atanh(mul(tanh(x), 0.9)), normal],
    ["log10, exp2", (x) => exp2(log10(x)), positive],
    ["cube", (x) => pow(x, 3), normal],
    ["inverse square", (x) => pow(x, -2), positive],
    ["square root by pow", (x) => pow(x, 0.5), positive],
    ["abs, log1p", (x) => log1p(abs(x)), awayFromZero],
    ["clip", (x) => clip(x, -0.05, 0.05), awayFromZero],
    // Where they are power series. A slope, as theirs vanish where they have an extreme.
    ["j0", (x) => add(j0(mul(tanh(x), 2.9)), x), normal],
    ["j1", (x) => add(j1(mul(tanh(x), 2.9)), x), normal],
    ["y0", (x) => add(y0(add(mul(sigmoid(x), 2.5), 0.3)), x), normal],
    ["y1", (x) => add(y1(add(mul(sigmoid(x), 2.5), 0.3)), x), normal],
    ["k0", (x) => k0(add(mul(sigmoid(x), 0.8), 0.1)), normal],
    ["k0e", (x) => k0e(add(mul(sigmoid(x), 0.8), 0.1)), normal],
    ["k1", (x) => k1(add(mul(sigmoid(x), 0.8), 0.1)), normal],
    ["k1e", (x) => k1e(add(mul(sigmoid(x), 0.8), 0.1)), normal],
    ["ndtr", ndtr, normal],
    ["entr", entr, positive],
    ["logit", (x) => logit(sigmoid(x)), normal],
  ];
  /** Made of several fits, of 1e-8 and less: where one ends, values jump by that, and differences by so much over their step. */
  const fits: typeof unary = [
    ["erfinv of tanh", (x) => erfinv(mul(tanh(x), 0.9)), normal],
    ["digamma", digamma, positive],
    ["polygamma", (x) => polygamma(2, x), positive],
    ["i0", i0, normal],
    ["i0e", i0e, awayFromZero],
    ["i1", i1, normal],
    // i1e has its largest value at 1.545: there the slope of its fit is all that is left, so a slope is added.
    ["i1e", (x) => add(i1e(x), x), awayFromZero],
    ["erfcx", erfcx, normal],
    ["logNdtr", logNdtr, normal],
  ];
  for (const [functions, tolerance] of [
    [unary, 1e-6],
    [fits, 3e-5],
  ] as const) {
    for (const [name, f, values] of functions) {
      it(name, () => {
        const property = fc.property(shapes(0, 3), seeds, (shape, seed) =>
          checkGradients(f, [values(shape, seed)], { seed, projections: 1, tolerance }),
        );
        fc.assert(property, runs);
      });
    }
  }

  it("the Bessel functions where they are fits of 1e-9", () => {
    for (const f of [j0, j1, y0, y1, k0, k0e, k1, k1e]) {
      const x = tensor([3.3, 4.1, 7, 12, 31]);
      checkGradients((x: Tensor) => add(f(x), x), [x], { seed: 4711, tolerance: 3e-6 });
    }
  });

  it("gammainc in both, to both sides of where its other half is computed", () => {
    const orders = tensor([0.3, 0.4, 1.4, 2.5, 7, 30]);
    const places = tensor([0.1, 2, 0.7, 4, 5, 33]);
    const both = (a: Tensor, x: Tensor): Tensor => add(gammainc(a, x), add(a, mul(gammaincc(a, x), x)));
    checkGradients(both, [orders, places], { seed: 4711 });
  });

  it("gammainc at 0 and at infinity", () => {
    const orders = tensor([3, 1, 0.5, 2, 3, Number.NaN]);
    const places = tensor([0, 0, 0, Infinity, -1, 0]);
    const of = (argument: 0 | 1): number[] =>
      valuesOf(grad((a: Tensor, x: Tensor) => sum(gammainc(a, x)), { argument })(orders, places));
    expect(of(0)).toEqual([0, 0, 0, 0, Number.NaN, Number.NaN]);
    expect(of(1)).toEqual([0, 1, Infinity, 0, Number.NaN, Number.NaN]);
  });

  it("lgamma and ndtri, whose derivatives are exact where they are fits of 1e-7", () => {
    const property = fc.property(shapes(0, 3), seeds, (shape, seed) => {
      const options = { seed, projections: 1, tolerance: 3e-5 };
      checkGradients((x: Tensor) => lgamma(add(x, 0.1)), [positive(shape, seed)], options);
      checkGradients((x: Tensor) => ndtri(mul(ndtr(x), 0.9)), [normal(shape, seed)], options);
    });
    fc.assert(property, runs);
  });

  const binary: readonly (readonly [name: string, f: (a: Tensor, b: Tensor) => Tensor])[] = [
    ["add", add],
    ["sub", sub],
    ["mul", mul],
    ["div", div],
    ["pow", pow],
    ["maximum", (a, b) => maximum(a, add(b, 100))],
    ["logAddExp", logAddExp],
    ["xlogy", xlogy],
    ["xlog1py", xlog1py],
  ];
  for (const [name, f] of binary) {
    it(`${name} with broadcasting`, () => {
      const property = fc.property(broadcastPair, seeds, floats, ([a, b], seed, dtype) =>
        checkGradients(f, [positive(a, seed, dtype), positive(b, seed + 1, dtype)], { seed, projections: 1 }),
      );
      fc.assert(property, runs);
    });
  }

  it("where with broadcasting", () => {
    const property = fc.property(broadcastPair, shapes(0, 0), seeds, ([a, b], c, seed) =>
      checkGradients(where, [bools(c, seed), normal(a, seed + 1), normal(b, seed + 2)], {
        seed,
        projections: 1,
      }),
    );
    fc.assert(property, runs);
  });

  it("glu, triangles and constant borders", () => {
    const property = fc.property(shapes(1, 2), extent, seeds, (shape, half, seed) => {
      checkGradients((x: Tensor) => glu(x), [normal([...shape, 2 * half], seed)], { seed, projections: 1 });
      const x = normal([...shape, half], seed);
      const borders = x.shape.map((): [number, number] => [1, 2]);
      checkGradients((x: Tensor) => square(pad(x, borders, "constant", { value: 3 })), [x], {
        seed,
        projections: 1,
      });
      checkAdjoint((x: Tensor) => [tril(x, 1), triu(x, -1)], [x], { seed });
    });
    fc.assert(property, runs);
  });

  it("a product of more factors than one block, along an axis and over all", () => {
    const x = add(mul(normal([3, 100], 5), 0.1), 1);
    const [value, gradient, total, whole] = interpret([
      prod(x, 1),
      grad((y: Tensor) => sum(prod(y, 1)))(x),
      prod(x),
      grad((y: Tensor) => prod(y))(x),
    ]);
    interpret([x])[0]!.forEach((factor, i) => {
      expect(gradient![i]!).toBeCloseTo(value![Math.floor(i / 100)]! / factor, 9);
      expect(whole![i]!).toBeCloseTo(total![0]! / factor, 9);
    });
  });

  it("a product with zeros among its factors", () => {
    const [gradient] = interpret([grad((x: Tensor) => prod(x))(tensor([2, 0, 5]))]);
    expect([...gradient!]).toEqual([0, 10, 0]);
  });

  it("casts between float dtypes on the way", () => {
    const f = (x: Tensor): Tensor => square(cast(mul(cast(x, "f16"), 3), "f32"));
    checkGradients(f, [normal([2, 3], 0)]);
  });
});

describe("reductions over random axes, to second order", () => {
  const reductions: readonly (readonly [
    name: string,
    f: (x: Tensor, axes: number[], options: { keepDims: boolean }) => Tensor,
  ])[] = [
    ["sum", sum],
    ["mean", mean],
    ["max", max],
    ["min", min],
    ["variance", variance],
    ["logSumExp", logSumExp],
    ["prod", prod],
    ["standard deviation", (x, axes, options) => sqrt(add(variance(x, axes, options), 0.1))],
  ];
  for (const [name, f] of reductions) {
    it(name, () => {
      const cases = shapes(0, 4).chain((shape) =>
        fc.tuple(fc.constant(shape), someAxes(shape.length), fc.boolean(), seeds, floats),
      );
      const property = fc.property(cases, ([shape, axes, keepDims, seed, dtype]) =>
        checkGradients((x) => f(x, axes, { keepDims }), [distinct(shape, seed, dtype)], {
          seed,
          projections: 1,
        }),
      );
      fc.assert(property, runs);
    });
  }

  for (const [name, f] of [
    ["softmax", softmax],
    ["logSoftmax", logSoftmax],
  ] as const) {
    it(name, () => {
      const cases = shapes(1, 3).chain((shape) =>
        fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }), seeds),
      );
      const property = fc.property(cases, ([shape, axis, seed]) =>
        checkGradients((x) => f(x, axis), [normal(shape, seed)], { seed, projections: 1 }),
      );
      fc.assert(property, runs);
    });
  }

  it("std, which has the gradient 0 where all are equal", () => {
    const x = tensor([
      [1, 2, 4],
      [3, 3, 3],
    ]);
    const [gradient] = interpret([grad((y: Tensor) => sum(std(y, 1, { correction: 1 })))(x)]);
    // (x - mean) / ((n - 1) std)
    const deviation = Math.sqrt(7 / 3);
    const expected = [1, 2, 4].map((value) => (value - 7 / 3) / (2 * deviation));
    for (const [i, value] of [...expected, 0, 0, 0].entries()) expect(gradient![i]).toBeCloseTo(value, 7);
  });

  it("normalisation: the gradient sums to nothing and is orthogonal to the normalised input", () => {
    const normalize = (x: Tensor): Tensor =>
      div(sub(x, mean(x, [1, 2], { keepDims: true })), sqrt(variance(x, [1, 2], { keepDims: true })));
    const [x, weights] = [normal([2, 3, 4, 2], 1), normal([2, 3, 4, 2], 2)];
    checkGradients(normalize, [x]);
    const gradient = grad((x: Tensor) => sum(mul(normalize(x), weights)))(x);
    const [total, along] = interpret([sum(gradient, [1, 2]), sum(mul(gradient, normalize(x)), [1, 2])]);
    for (const value of [...total!, ...along!]) expect(value).toBeCloseTo(0, 12);
  });
});

describe("shape operations are adjoint", () => {
  const onShapes = (
    name: string,
    minRank: number,
    build: (shape: readonly number[]) => fc.Arbitrary<(x: Tensor) => Tensor | Tensor[]>,
  ): void => {
    it(name, () => {
      const cases = shapes(minRank, 4).chain((shape) => fc.tuple(fc.constant(shape), build(shape), seeds));
      const property = fc.property(cases, ([shape, f, seed]) =>
        checkAdjoint(f, [normal(shape, seed)], { seed }),
      );
      fc.assert(property, runs);
    });
  };
  const axisOf = (shape: readonly number[]): fc.Arbitrary<number> =>
    fc.integer({ min: -shape.length, max: shape.length - 1 });

  onShapes("slice with steps, from the end too", 0, (shape) =>
    fc
      .tuple(
        ...shape.map((size) =>
          fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.integer({ min: 1, max: 3 }), fc.boolean()),
        ),
      )
      .map((axes) => (x) => {
        const low = axes.map(([a, b], axis) =>
          axes[axis]![3] ? Math.min(a, b) - shape[axis]! : Math.min(a, b),
        );
        const high = axes.map(([a, b]) => Math.max(a, b) + 1);
        return slice(
          x,
          low,
          high,
          axes.map(([, , step]) => step),
        );
      }),
  );
  for (const mode of ["zero", "edge", "reflect"] as const) {
    onShapes(`pad with mode "${mode}"`, 0, (shape) => {
      const width = (size: number): fc.Arbitrary<number> => fc.nat(mode === "reflect" ? size - 1 : 3);
      return fc
        .tuple(...shape.map((size) => fc.tuple(width(size), width(size))))
        .map((widths) => (x) => pad(x, widths, mode));
    });
  }
  onShapes("flip", 0, (shape) => someAxes(shape.length).map((axes) => (x) => flip(x, axes)));
  onShapes("roll", 1, (shape) =>
    fc.tuple(axisOf(shape), fc.integer({ min: -5, max: 5 })).map(
      ([axis, shift]) =>
        (x) =>
          roll(x, shift, axis),
    ),
  );
  onShapes("tile", 0, (shape) =>
    fc.tuple(...shape.map(() => extent)).map((repetitions) => (x) => tile(x, repetitions)),
  );
  onShapes("repeat", 1, (shape) =>
    fc.tuple(axisOf(shape), extent).map(
      ([axis, count]) =>
        (x) =>
          repeat(x, count, axis),
    ),
  );
  onShapes("moveAxis, swapAxes and unstack", 1, (shape) =>
    fc.tuple(axisOf(shape), axisOf(shape)).map(([from, to]) => (x) => [
      moveAxis(x, from, to),
      swapAxes(x, from, to),
      ...unstack(x, from),
    ]),
  );
  onShapes("rfft, and irfft of it", 1, (shape) =>
    fc.tuple(axisOf(shape), fc.integer({ min: 1, max: 6 })).map(([axis, n]) => (x) => {
      const { real, imag } = rfft(x, { axis, n });
      return [real, imag, irfft({ real, imag: add(imag, real) }, { axis, n })];
    }),
  );
  onShapes("expandDims", 0, (shape) => fc.nat(shape.length).map((axis) => (x) => expandDims(x, axis)));
  onShapes("squeeze", 0, () => fc.constant((x: Tensor) => squeeze(x)));
  onShapes("chunk", 1, (shape) => axisOf(shape).map((axis) => (x) => chunk(x, shape.at(axis)!, axis)));
  onShapes("concat and stack with itself", 1, (shape) =>
    axisOf(shape).map((axis) => (x) => [concat([x, mul(x, 2), x], axis), stack([x, x], axis)]),
  );
  onShapes("take", 1, (shape) =>
    fc.tuple(axisOf(shape), shapes(0, 2), seeds).map(
      ([axis, places, seed]) =>
        (x) =>
          take(x, indices(places, shape.at(axis)!, seed), axis),
    ),
  );
  onShapes("scatterAdd", 1, (shape) =>
    fc.tuple(extent, seeds).map(
      ([size, seed]) =>
        (x) =>
          scatterAdd(x, indices([shape[0]!], size, seed), 0, size),
    ),
  );
});

describe("contractions", () => {
  it("matmul of vectors, matrices and broadcast batches", () => {
    const sides = fc.tuple(
      broadcastPair,
      extent,
      extent,
      extent,
      fc.constantFrom("matrix", "left vector", "right vector"),
    );
    const property = fc.property(sides, seeds, ([[p, q], m, k, n, kind], seed) => {
      const a = kind === "left vector" ? [k] : [...p, m, k];
      const b = kind === "right vector" ? [k] : [...q, k, n];
      checkGradients(matmul, [normal(a, seed), normal(b, seed + 1)], { seed, projections: 1 });
    });
    fc.assert(property, runs);
  });

  it("a convolution and a transposed one with options of every form, in a small network", () => {
    const network = (x: Tensor, down: Tensor, up: Tensor): Tensor => {
      const hidden = tanh(
        conv2d(x, down, {
          stride: 2,
          padding: [
            [1, 0],
            [2, 1],
          ],
          dilation: [1, 2],
          groups: 2,
        }),
      );
      return convTranspose2d(hidden, up, { stride: 2, padding: 1, outputPadding: [1, 0] });
    };
    const inputs = [normal([2, 7, 6, 4], 0), normal([3, 2, 2, 6], 1), normal([4, 4, 3, 6], 2)] as const;
    checkGradients(network, inputs);
  });
});

describe("conventions at kinks", () => {
  const gradientsOf = (f: Op, ...xs: readonly Tensor[]): number[][] => {
    const argument = xs.map((_, i) => i);
    const gradients = grad((...args: readonly Tensor[]) => sum(f(...args)), { argument })(...xs);
    return interpret([...gradients]).map((values) => [...values]);
  };
  const zero = tensor([0]);

  it("relu has 0 at 0, leakyRelu its slope, abs 0, as in PyTorch", () => {
    expect(gradientsOf((x) => relu(x!), zero)).toEqual([[0]]);
    expect(gradientsOf((x) => leakyRelu(x!, 0.2), zero)[0]![0]).toBeCloseTo(0.2, 7);
    expect(gradientsOf((x) => abs(x!), zero)).toEqual([[0]]);
  });

  it("clip passes the gradient on the limits", () => {
    expect(gradientsOf((x) => clip(x!, -1, 1), tensor([-2, -1, 0, 1, 2]))).toEqual([[0, 1, 1, 1, 0]]);
  });

  it("maximum and minimum halve it where the operands tie", () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([1, 3, 2])];
    expect(gradientsOf((a, b) => maximum(a!, b!), a, b)).toEqual([
      [0.5, 0, 1],
      [0.5, 1, 0],
    ]);
  });

  it("max shares it equally among ties", () => {
    const x = tensor([
      [1, 3, 3],
      [2, 2, 2],
    ]);
    const [gradient] = gradientsOf((x) => max(x!, 1), x);
    const expected = [0, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3];
    for (const [i, share] of expected.entries()) expect(gradient![i]).toBeCloseTo(share, 12);
  });

  it("pow is finite where base or exponent is 0", () => {
    expect(gradientsOf((a, b) => pow(a!, b!), tensor([0, 0, 2]), tensor([2, 1, 0]))).toEqual([
      [0, 1, 0],
      [0, 0, Math.log(2)],
    ]);
  });
});

it("is right in broadcast batched products and reductions along one axis, where others have gone wrong", () => {
  const property = fc.property(seeds, (seed) => {
    checkGradients(matmul, [normal([2, 2, 2], seed), normal([2, 2], seed + 1)], { seed, projections: 1 });
    checkGradients((x: Tensor) => max(x, 1), [distinct([3, 4, 2], seed)], { seed, projections: 1 });
  });
  fc.assert(property, runs);
});
