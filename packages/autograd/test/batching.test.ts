import {
  apply,
  argsort,
  type ConvParams,
  evaluate,
  key,
  type PrimitiveName,
  type PrimitiveParams,
  randomBits,
  type Shape,
  stack,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { bools, distinct, indices, normal } from "@clidim/testing/fills";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { vmap } from "../src/index.js";

/** A primitive with operands of one example, which repeat for a seed. */
interface Case<Params> {
  readonly params: Params;
  readonly operands: readonly ((seed: number) => Tensor)[];
}

type Cases<P extends PrimitiveName> = readonly Case<PrimitiveParams[P]>[];

/** Between 0.1 and 0.9, where every function of the tables is defined. */
const unit =
  (shape: Shape = [2, 3]) =>
  (seed: number): Tensor =>
    tensor(
      valuesOf(normal(shape, seed)).map((x) => 0.1 + 0.8 * Math.abs(Math.sin(x))),
      { shape },
    );

const filled =
  (shape: Shape, fill = normal) =>
  (seed: number): Tensor =>
    fill(shape, seed);

const bits = (seed: number): Tensor => indices([2, 3], 8, seed);
const truth =
  (shape: Shape = [2, 3]) =>
  (seed: number): Tensor =>
    bools(shape, seed);
const places =
  (shape: Shape, below: number) =>
  (seed: number): Tensor =>
    indices(shape, below, seed);

const unary: Cases<"neg"> = [
  { params: {}, operands: [unit()] },
  { params: {}, operands: [unit([])] },
];
const binary: Cases<"add"> = [
  { params: {}, operands: [unit(), unit()] },
  { params: {}, operands: [unit([]), unit([])] },
];
const integers: Cases<"and"> = [{ params: {}, operands: [bits, bits] }];

const words = (seed: number): Tensor => tensor([seed, 7 * seed], { dtype: "u32" });

const reduction: Cases<"sum"> = [
  { params: { axes: [1] }, operands: [filled([2, 3], distinct)] },
  { params: { axes: [0, 2] }, operands: [filled([2, 1, 3], distinct)] },
];

const geometry = (groups: number): ConvParams => ({
  stride: [2, 1],
  padding: [
    [1, 0],
    [0, 1],
  ],
  dilation: [1, 2],
  groups,
});
// Of x [2, 5, 4, 2 groups] and weight [3, 2, 2, 3 groups]: y [2, 2, 3, 3 groups].
const [x, weight, y] = [
  (groups: number) => filled([2, 5, 4, 2 * groups]),
  (groups: number) => filled([3, 2, 2, 3 * groups]),
  (groups: number) => filled([2, 2, 3, 3 * groups]),
];

/** The cases of every primitive with operands; of the others, why there are none. */
const cases: { readonly [P in PrimitiveName]: Cases<P> | string } = {
  neg: unary,
  abs: unary,
  sign: unary,
  floor: unary,
  ceil: unary,
  trunc: unary,
  round: unary,
  sqrt: unary,
  exp: unary,
  expm1: unary,
  log: unary,
  log2: unary,
  sin: unary,
  cos: unary,
  asin: unary,
  acos: unary,
  atan: unary,
  tanh: unary,
  sigmoid: unary,
  erf: unary,
  erfc: unary,
  not: [{ params: {}, operands: [bits] }],
  isnan: unary,
  isinf: unary,
  isfinite: unary,

  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  rem: binary,
  pow: binary,
  minimum: binary,
  maximum: binary,
  eq: integers,
  ne: integers,
  lt: binary,
  le: binary,
  gt: binary,
  ge: binary,
  and: [...integers, { params: {}, operands: [truth(), truth()] }],
  or: integers,
  xor: integers,
  shiftLeft: integers,
  shiftRight: integers,

  input: "a leaf: what has no operands is the same for all examples",
  constant: "a leaf",
  full: "a leaf",
  iota: "a leaf",
  randomBits: [
    { params: { shape: [3] }, operands: [words, words] },
    { params: { shape: [2, 2] }, operands: [words, words] },
    { params: { shape: [] }, operands: [words, words] },
  ],

  select: [
    { params: {}, operands: [truth(), unit(), unit()] },
    { params: {}, operands: [truth([]), unit([]), unit([])] },
  ],
  cast: [{ params: { dtype: "i32" }, operands: [filled([2, 3])] }],
  sum: reduction,
  max: reduction,
  prod: reduction,
  reshape: [
    { params: { shape: [3, 1, 2] }, operands: [unit()] },
    { params: { shape: [1] }, operands: [unit([])] },
  ],
  broadcast: [{ params: { shape: [4, 3] }, operands: [unit([1, 3])] }],
  transpose: [{ params: { permutation: [2, 0, 1] }, operands: [unit([2, 3, 1])] }],
  slice: [{ params: { start: [1, 0], stop: [4, 3], step: [2, 1] }, operands: [unit([4, 3])] }],
  pad: (["zero", "reflect", "edge"] as const).map((mode) => ({
    params: { low: [1, 0], high: [0, 2], interior: mode === "zero" ? [1, 0] : [0, 0], mode },
    operands: [unit([2, 3])],
  })),
  flip: [{ params: { axes: [1] }, operands: [unit()] }],
  concat: [
    { params: { axis: 0 }, operands: [unit([2, 3]), unit([1, 3]), unit([2, 3])] },
    { params: { axis: 1 }, operands: [unit([2, 1]), unit([2, 3])] },
  ],
  gather: [0, 1, 2].flatMap((axis) => [
    // One place too many: an index out of range is clamped.
    { params: { axis }, operands: [unit([3, 3, 3]), places([2], 4)] },
    { params: { axis }, operands: [unit([3, 3, 3]), places([2, 2], 4)] },
    { params: { axis }, operands: [unit([3, 3, 3]), places([], 4)] },
    { params: { axis }, operands: [(seed) => indices([3, 3, 3], 9, seed), places([0], 4)] },
  ]),
  argsort: [
    { params: { axis: 0, descending: false }, operands: [filled([4, 2])] },
    { params: { axis: 1, descending: true }, operands: [filled([2, 4])] },
  ],
  arrange: [0, 1].map((axis) => ({
    params: { axis },
    operands: [unit([3, 3]), (seed) => argsort(normal([3, 3], seed), axis)],
  })),
  fft: [0, 1].map((axis) => ({ params: { axis, inverse: axis === 1 }, operands: [filled([3, 4, 2])] })),
  scatterAdd: [
    { params: { axis: 0, size: 3 }, operands: [filled([4, 2]), places([4], 4)] },
    { params: { axis: 1, size: 3 }, operands: [filled([2, 4]), places([4], 4)] },
    { params: { axis: 1, size: 2 }, operands: [filled([2, 2, 2, 3]), places([2, 2], 2)] },
    { params: { axis: 1, size: 3 }, operands: [filled([2, 3]), places([], 3)] },
    { params: { axis: 0, size: 3 }, operands: [(seed) => indices([4], 9, seed), places([4], 3)] },
    { params: { axis: 0, size: 3 }, operands: [filled([0, 2]), places([0], 3)] },
  ],

  matmul: [
    { params: {}, operands: [filled([2, 3]), filled([3, 4])] },
    { params: {}, operands: [filled([2, 2, 3]), filled([2, 3, 1])] },
    { params: {}, operands: [filled([2, 1]), filled([1, 3])] },
    { params: {}, operands: [filled([1, 3]), filled([3, 2])] },
    { params: {}, operands: [filled([1, 3]), filled([3, 1])] },
    { params: {}, operands: [filled([1, 0]), filled([0, 2])] },
  ],
  conv2d: [1, 2].map((groups) => ({ params: geometry(groups), operands: [x(groups), weight(groups)] })),
  convTranspose2d: [1, 2].map((groups) => ({
    params: { ...geometry(groups), outputSize: [5, 4] },
    operands: [y(groups), weight(groups)],
  })),
  conv2dWeightGradient: [1, 2].map((groups) => ({
    params: { ...geometry(groups), kernelSize: [3, 2] },
    operands: [x(groups), y(groups)],
  })),

  identity: unary,
  stopGradient: unary,
  barrier: [{ params: { id: 0 }, operands: [unit(), unit([4])] }],
  customVjp: "vmap.test.ts",
  scan: "scan.test.ts, vmapScan.test.ts",
  cond: "cond.test.ts",
  whileLoop: "whileLoop.test.ts",
  kernel: "customKernel.test.ts",
  result: "scan.test.ts",
};

const size = 3;

/** The first, the middle or the last axis of a tensor of `rank`. */
const axisAt = (place: number, rank: number): number =>
  place === 0 ? 0 : place === 1 ? rank >> 1 : rank - 1;

interface Comparison {
  /** What was batched, for messages. */
  readonly what: string;
  readonly batched: Tensor;
  readonly looped: Tensor;
}

/** The primitive by `vmap` and in a loop over the examples, for every choice of operands that are batched and axes at the front, in the middle and at the end. */
function comparisons<P extends PrimitiveName>(
  op: P,
  { params, operands }: Case<PrimitiveParams[P]>,
): Comparison[] {
  const found: Comparison[] = [];
  for (let chosen = 1; chosen < 2 ** operands.length; chosen++) {
    for (let place = 0; place < 3; place++) {
      const isBatched = operands.map((_, i) => ((chosen >> i) & 1) === 1);
      const examples = operands.map((operand, i) =>
        Array.from({ length: size }, (_, b) => operand(1 + 10 * i + (isBatched[i] ? b : 0))),
      );
      const inAxes = examples.map(([first], i) =>
        isBatched[i] ? axisAt((place + i) % 3, first!.shape.length + 1) : null,
      );
      const args = examples.map((each, i) => (isBatched[i] ? stack(each, inAxes[i]!) : each[0]!));
      const results = Array.from({ length: size }, (_, b) =>
        apply(
          op,
          examples.map((each) => each[b]!),
          params,
        ),
      );
      const outAxes = axisAt(place, results[0]!.shape.length + 1);
      const f = (...xs: Tensor[]): Tensor => apply(op, xs, params);
      found.push({
        what: `${op} with axes ${inAxes.map(String).join(", ")} to ${outAxes}`,
        batched: vmap(f, { inAxes, outAxes })(...args),
        looped: stack(results, outAxes),
      });
    }
  }
  return found;
}

function expectEqual({ what, batched, looped }: Comparison): void {
  expect(String(batched), what).toBe(String(looped));
  const [actual, expected] = interpret([batched, looped]);
  try {
    expectClose([...actual!], [...expected!], 1e-12);
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}

describe("each primitive, batched, is a loop over the examples", () => {
  for (const name of Object.keys(cases) as PrimitiveName[]) check(name);
});

function check<P extends PrimitiveName>(op: P): void {
  const given: Cases<P> | string = cases[op];
  if (typeof given === "string") return;
  it(op, () => {
    for (const one of given) for (const comparison of comparisons(op, one)) expectEqual(comparison);
  });
}

it("on the device, too", async () => {
  const sampled = (
    [
      "randomBits",
      "select",
      "concat",
      "gather",
      "scatterAdd",
      "matmul",
      "conv2d",
      "convTranspose2d",
      "conv2dWeightGradient",
      "arrange",
      "fft",
    ] as const
  ).flatMap((op) => sample(op));
  // Before evaluating, which moves the operands to the device.
  const expected = interpret(sampled.map(({ looped }) => looped));
  await evaluate(sampled.map(({ batched }) => batched));
  for (const [i, { what, batched }] of sampled.entries()) {
    try {
      expectClose([...(await batched.data())], [...expected[i]!], 1e-5);
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`);
    }
  }
});

/** Of the last case with all operands batched, or only the first, along middle axes. */
function sample<P extends PrimitiveName>(op: P): Comparison[] {
  const given = cases[op] as Cases<P>;
  const all = comparisons(op, given[0]!);
  return [all[1]!, all.at(-2)!];
}

it("adds as much to a graph for many examples as for one", () => {
  const draw = (n: number): Tensor =>
    vmap((k: Tensor) => randomBits(k, [4]))(
      stack(
        Array.from({ length: n }, (_, i) => key(i)),
        0,
      ),
    );
  const behind = (x: Tensor): number => {
    const found = new Set([x]);
    for (const { definition } of found) {
      if (definition.op !== "concat") for (const input of definition.inputs) found.add(input);
    }
    return found.size;
  };
  expect(behind(draw(50))).toBe(behind(draw(2)));
});
