import {
  apply,
  argsort,
  cast,
  isFloat,
  mul,
  type PrimitiveName,
  type PrimitiveParams,
  sum,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import {
  extent,
  floats,
  type Geometry,
  geometry,
  runs,
  seeds,
  shapes,
  someAxes,
} from "@clidim/testing/arbitraries";
import {
  awayFromZero,
  betweenDistinct,
  betweenIntegers,
  bools,
  distinct,
  indices,
  normal,
  positive,
  withinOne,
} from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad, linearize, vjp } from "../src/index.js";
import { checkAdjoint, checkGradients } from "../src/testing.js";

interface Case<Params> {
  readonly inputs: readonly Tensor[];
  readonly params: Params;
}

type Cases<P extends PrimitiveName> = fc.Arbitrary<Case<PrimitiveParams[P]>>;

type Fill = typeof normal;

/** Inputs of one random shape and dtype. */
const elementwise = (...fills: readonly Fill[]): Cases<"identity"> =>
  fc.tuple(shapes(0, 3), seeds, floats).map(([shape, seed, dtype]) => ({
    inputs: fills.map((fill, i) => fill(shape, seed + i, dtype)),
    params: {},
  }));

const reduction: Cases<"sum"> = shapes().chain((shape) =>
  fc.tuple(someAxes(shape.length), seeds, floats).map(([axes, seed, dtype]) => ({
    inputs: [distinct(shape, seed, dtype)],
    params: { axes },
  })),
);

const convolution = <P extends "conv2d" | "convTranspose2d" | "conv2dWeightGradient">(
  build: (geometry: Geometry, seed: number) => Case<PrimitiveParams[P]>,
): Cases<P> => fc.tuple(geometry, seeds).map(([shape, seed]) => build(shape, seed));

const mode = fc.constantFrom("zero" as const, "reflect" as const, "edge" as const);

/** The cases of every primitive with a gradient; of the others, where they are looked at instead. */
const cases: { readonly [P in PrimitiveName]: Cases<P> | string } = {
  neg: elementwise(normal),
  abs: elementwise(awayFromZero),
  sign: elementwise(awayFromZero),
  floor: elementwise(betweenIntegers),
  ceil: elementwise(betweenIntegers),
  trunc: elementwise(betweenIntegers),
  round: elementwise(betweenIntegers),
  sqrt: elementwise(positive),
  exp: elementwise(normal),
  expm1: elementwise(normal),
  log: elementwise(positive),
  log2: elementwise(positive),
  sin: elementwise(normal),
  cos: elementwise(normal),
  asin: elementwise(withinOne),
  acos: elementwise(withinOne),
  atan: elementwise(normal),
  tanh: elementwise(normal),
  sigmoid: elementwise(normal),
  erf: elementwise(normal),
  erfc: elementwise(normal),
  not: "integers and bools only",
  isnan: "comparisons",
  isinf: "comparisons",
  isfinite: "comparisons",

  add: elementwise(normal, normal),
  sub: elementwise(normal, normal),
  mul: elementwise(normal, normal),
  div: elementwise(normal, positive),
  // Apart by construction: a / b is never near an integer.
  rem: fc.tuple(shapes(0, 3), seeds, floats).map(([shape, seed, dtype]) => {
    const b = positive(shape, seed, dtype);
    const [quotient, divisor] = interpret([betweenIntegers(shape, seed + 1), b]);
    const product = quotient!.map((value, i) => value * divisor![i]!);
    return { inputs: [tensor(product, { shape, dtype }), b], params: {} };
  }),
  pow: elementwise(positive, normal),
  minimum: elementwise(distinct, betweenDistinct),
  maximum: elementwise(distinct, betweenDistinct),
  eq: "comparisons",
  ne: "comparisons",
  lt: "comparisons",
  le: "comparisons",
  gt: "comparisons",
  ge: "comparisons",
  and: "integers and bools only",
  or: "integers and bools only",
  xor: "integers and bools only",
  shiftLeft: "integers and bools only",
  shiftRight: "integers and bools only",

  input: "a leaf",
  constant: "a leaf",
  full: "a leaf",
  iota: "a leaf",
  randomBits: "integers and bools only",

  select: fc.tuple(shapes(), seeds, floats).map(([shape, seed, dtype]) => ({
    inputs: [bools(shape, seed), normal(shape, seed + 1, dtype), normal(shape, seed + 2, dtype)],
    params: {},
  })),
  cast: fc.tuple(shapes(), seeds, floats, floats).map(([shape, seed, from, dtype]) => ({
    inputs: [normal(shape, seed, from)],
    params: { dtype },
  })),
  sum: reduction,
  max: reduction,
  prod: reduction,
  reshape: fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
    inputs: [normal(shape, seed)],
    params: { shape: [1, ...shape.toReversed()] },
  })),
  broadcast: shapes().chain((shape) =>
    fc.tuple(someAxes(shape.length), seeds).map(([axes, seed]) => ({
      inputs: [
        normal(
          shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
          seed,
        ),
      ],
      params: { shape },
    })),
  ),
  transpose: shapes(1).chain((shape) =>
    fc
      .tuple(fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }), seeds)
      .map(([permutation, seed]) => ({
        inputs: [normal(shape, seed)],
        params: { permutation },
      })),
  ),
  slice: fc
    .array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 }), fc.nat(2), fc.integer({ min: 1, max: 3 })), {
      maxLength: 3,
    })
    .chain((axes) =>
      seeds.map((seed) => ({
        inputs: [
          normal(
            axes.map(([before, taken, after]) => before + taken + after),
            seed,
          ),
        ],
        params: {
          start: axes.map(([before]) => before),
          stop: axes.map(([before, taken]) => before + taken),
          step: axes.map(([, , , step]) => step),
        },
      })),
    ),
  pad: fc.tuple(shapes(0, 3), mode).chain(([shape, mode]) => {
    const width = (size: number): fc.Arbitrary<number> => fc.nat(mode === "reflect" ? size - 1 : 3);
    const widths = (): fc.Arbitrary<number[]> => fc.tuple(...shape.map(width));
    const interior = fc.tuple(...shape.map(() => fc.nat(mode === "zero" ? 2 : 0)));
    return fc.tuple(widths(), widths(), interior, seeds).map(([low, high, interior, seed]) => ({
      inputs: [normal(shape, seed)],
      params: { low, high, interior, mode },
    }));
  }),
  flip: shapes().chain((shape) =>
    fc
      .tuple(someAxes(shape.length), seeds)
      .map(([axes, seed]) => ({ inputs: [normal(shape, seed)], params: { axes } })),
  ),
  concat: shapes(1, 3).chain((shape) =>
    fc
      .tuple(fc.nat(shape.length - 1), fc.array(extent, { minLength: 1, maxLength: 4 }), seeds)
      .map(([axis, sizes, seed]) => ({
        inputs: sizes.map((size, i) => normal(shape.with(axis, size), seed + i)),
        params: { axis },
      })),
  ),
  gather: shapes(1, 3).chain((shape) =>
    fc.tuple(fc.nat(shape.length - 1), shapes(0, 2), seeds).map(([axis, places, seed]) => ({
      // One place too many: an index out of range is clamped.
      inputs: [normal(shape, seed), indices(places, shape[axis]! + 1, seed + 1)],
      params: { axis },
    })),
  ),
  argsort: "integers and bools only",
  arrange: shapes(1, 3).chain((shape) =>
    fc.tuple(fc.nat(shape.length - 1), seeds, floats).map(([axis, seed, dtype]) => ({
      inputs: [normal(shape, seed, dtype), argsort(normal(shape, seed + 1), axis)],
      params: { axis },
    })),
  ),
  fft: fc
    .tuple(shapes(0, 1), fc.integer({ min: 1, max: 12 }), shapes(0, 1), fc.boolean(), seeds)
    .map(([before, n, after, inverse, seed]) => ({
      inputs: [normal([...before, n, ...after, 2], seed)],
      params: { axis: before.length, inverse },
    })),
  scatterAdd: fc
    .tuple(shapes(0, 2), shapes(0, 2), shapes(0, 1), extent, seeds)
    .map(([before, places, after, size, seed]) => ({
      inputs: [normal([...before, ...places, ...after], seed), indices(places, size + 1, seed + 1)],
      params: { axis: before.length, size },
    })),

  matmul: fc
    .tuple(shapes(0, 2), extent, extent, extent, seeds, floats)
    .map(([batch, m, k, n, seed, dtype]) => ({
      inputs: [normal([...batch, m, k], seed, dtype), normal([...batch, k, n], seed + 1, dtype)],
      params: {},
    })),
  conv2d: convolution(({ x, weight, params }, seed) => ({
    inputs: [normal(x, seed), normal(weight, seed + 1)],
    params,
  })),
  convTranspose2d: convolution(({ x, weight, y, params }, seed) => ({
    inputs: [normal(y, seed), normal(weight, seed + 1)],
    params: { ...params, outputSize: [x[1]!, x[2]!] },
  })),
  conv2dWeightGradient: convolution(({ x, weight, y, params }, seed) => ({
    inputs: [normal(x, seed), normal(y, seed + 1)],
    params: { ...params, kernelSize: [weight[0]!, weight[1]!] },
  })),

  identity: elementwise(normal),
  stopGradient: "vjp.test.ts",
  barrier: fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
    inputs: [normal(shape, seed), normal([2], seed + 1)],
    params: { id: 0 },
  })),
  customVjp: "customVjp.test.ts",
  scan: "scan.test.ts",
  cond: "cond.test.ts",
  whileLoop: "whileLoop.test.ts",
  kernel: "customKernel.test.ts",
  result: "scan.test.ts",
};

/** The primitives that are linear in all their float inputs together. */
const linear = new Set<PrimitiveName>([
  ...([
    "neg",
    "add",
    "sub",
    "cast",
    "select",
    "sum",
    "reshape",
    "broadcast",
    "transpose",
    "slice",
    "pad",
  ] as const),
  ...(["flip", "concat", "gather", "scatterAdd", "identity", "barrier"] as const),
]);

const bilinear = ["mul", "matmul", "conv2d", "convTranspose2d", "conv2dWeightGradient"] as const;

describe("the gradient of each primitive, to second order, and its tangent", () => {
  for (const name of Object.keys(cases) as PrimitiveName[]) check(name);
});

function check<P extends PrimitiveName>(op: P): void {
  const arbitrary: Cases<P> | string = cases[op];
  if (typeof arbitrary === "string") return;
  it(op, () => {
    const property = fc.property(arbitrary, seeds, ({ inputs, params }, seed) => {
      const f = (...xs: readonly Tensor[]): Tensor => apply(op, xs, params);
      if (linear.has(op)) checkAdjoint(f, inputs, { seed });
      checkGradients(f, inputs, { seed, projections: 1 });
      expectTransposed(f, inputs, seed);
    });
    fc.assert(property, runs);
  });
}

/** Forward mode against reverse mode, which the differences have checked: <push(t), u> = <t, pull(u)>. */
function expectTransposed(f: (...xs: Tensor[]) => Tensor, inputs: readonly Tensor[], seed: number): void {
  const tangents = inputs.map((x, i) => (isFloat(x.dtype) ? normal(x.shape, seed + 50 + i, x.dtype) : x));
  const { value, pushforward } = linearize(f, ...inputs);
  const u = normal(value.shape, seed + 60, value.dtype);
  const pulled = vjp(f, ...inputs).pullback(u);
  const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
  const terms = tangents.flatMap((tangent, i) => (isFloat(tangent.dtype) ? [dot(tangent, pulled[i]!)] : []));
  const [forward, ...reverse] = interpret([dot(pushforward(...tangents), u), ...terms]);
  const total = reverse.reduce((sum, [term]) => sum + term!, 0);
  expect(Math.abs(forward![0]! - total)).toBeLessThan(1e-9 * (1 + Math.abs(total)));
}

describe("bilinear primitives are adjoint in each argument", () => {
  for (const op of bilinear) checkBilinear(op);
});

function checkBilinear<P extends (typeof bilinear)[number]>(op: P): void {
  // All bilinear primitives have cases.
  const arbitrary = cases[op] as Cases<P>;
  it(op, () => {
    const property = fc.property(arbitrary, seeds, ({ inputs: [a, b], params }, seed) => {
      checkAdjoint((x: Tensor) => apply(op, [x, b!], params), [a!], { seed });
      checkAdjoint((x: Tensor) => apply(op, [a!, x], params), [b!], { seed });
    });
    fc.assert(property, runs);
  });
}

it("<conv2d(x, w), y> = <x, convTranspose2d(y, w)> = <w, conv2dWeightGradient(x, y)>", () => {
  const property = fc.property(geometry, seeds, ({ x, weight, y, params }, seed) => {
    const [a, w, b] = [normal(x, seed), normal(weight, seed + 1), normal(y, seed + 2)];
    const [a64, w64, b64, forward, toInput, toWeight] = interpret([
      a,
      w,
      b,
      apply("conv2d", [a, w], params),
      apply("convTranspose2d", [b, w], { ...params, outputSize: [x[1]!, x[2]!] }),
      apply("conv2dWeightGradient", [a, b], { ...params, kernelSize: [weight[0]!, weight[1]!] }),
    ]);
    const dot = (p: Float64Array, q: Float64Array): number =>
      p.reduce((total, value, i) => total + value * q[i]!, 0);
    expect(dot(a64!, toInput!)).toBeCloseTo(dot(forward!, b64!), 9);
    expect(dot(w64!, toWeight!)).toBeCloseTo(dot(forward!, b64!), 9);
  });
  fc.assert(property, runs);
});

it("comparisons pass no gradient", () => {
  for (const op of ["eq", "ne", "lt", "le", "gt", "ge"] as const) {
    const count = (a: Tensor, b: Tensor): Tensor => sum(cast(apply(op, [a, b], {}), "f32"));
    const gradients = grad(count, { argument: [0, 1] })(normal([3], 1), normal([3], 2));
    for (const values of interpret([...gradients])) expect([...values]).toEqual([0, 0, 0]);
  }
});
