import { describe, expect, test } from "vitest";
import * as ops from "../src/ops/index.js";
import { tensor } from "../src/ops/index.js";
import * as random from "../src/random.js";
import { input } from "../src/tensor.js";

const x = input([2, 3], "f32");
const image = input([1, 8, 8, 4], "f32");
const sequence = input([1, 8, 4], "f32");
const volume = input([1, 4, 4, 4, 2], "f32");
const matrices = input([2, 3, 3], "f32");
const bools = input([2, 3], "bool");
const indices = input([2], "i32");
const kernel = input([3, 3, 4, 2], "f32");
const key = random.key(0);

type Values<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: readonly unknown[];
};

/** Arguments that each function takes. */
const valid: Values<typeof ops> & Values<typeof random> = {
  abs: [x],
  acos: [x],
  adaptiveAvgPool1d: [sequence, 2],
  adaptiveAvgPool2d: [image, [2, 3]],
  adaptiveAvgPool3d: [volume, 2],
  adaptiveMaxPool1d: [sequence, 2],
  adaptiveMaxPool2d: [image, [2, 3]],
  adaptiveMaxPool3d: [volume, 2],
  angle: [{ real: x, imag: x }],
  atan2: [x, x],
  complexAbs: [{ real: x, imag: x }],
  complexMul: [x, x],
  conj: [x],
  fft: [x, {}],
  fft2: [x, {}],
  fftfreq: [8, 0.5],
  fftn: [x, {}],
  fftshift: [x, 0],
  hfft: [x, {}],
  ifft: [x, {}],
  ifft2: [x, {}],
  ifftn: [x, {}],
  ifftshift: [x, 0],
  ihfft: [x, {}],
  irfft: [x, {}],
  irfft2: [x, {}],
  irfftn: [x, {}],
  rfft: [x, {}],
  rfft2: [x, {}],
  rfftfreq: [8, 0.5],
  rfftn: [x, {}],
  add: [x, 1],
  all: [bools, 0, {}],
  and: [bools, bools],
  any: [bools, 0, {}],
  arange: [1, 5, 2, "i32"],
  argmax: [x, 0, {}],
  argmin: [x, 0, {}],
  argsort: [x, 0, {}],
  asin: [x],
  atan: [x],
  avgPool1d: [sequence, { kernel: 2 }],
  avgPool2d: [image, { kernel: 2 }],
  avgPool3d: [volume, { kernel: 2 }],
  broadcastTo: [x, [4, 2, 3]],
  cast: [x, "i32"],
  ceil: [x],
  chunk: [x, 3, 1],
  cholesky: [matrices, {}],
  clip: [x, 0, 1],
  compress: [x, bools, { size: 3 }],
  concat: [[x, x], 0],
  cond: [tensor(true), (state: unknown) => state, (state: unknown) => state, x],
  conv1d: [input([1, 8, 4], "f32"), input([3, 4, 2], "f32"), { padding: 1 }],
  conv2d: [image, kernel, { padding: 1 }],
  conv2dWeightGradient: [image, input([1, 6, 6, 2], "f32"), { kernelSize: [3, 3] }],
  conv3d: [input([1, 4, 4, 4, 1], "f32"), input([1, 1, 1, 1, 2], "f32"), { padding: 1 }],
  convTranspose1d: [input([1, 4, 2], "f32"), input([3, 4, 2], "f32"), { stride: 2 }],
  convTranspose2d: [input([1, 6, 6, 2], "f32"), kernel, { outputSize: [8, 8] }],
  convTranspose3d: [input([1, 2, 2, 2, 2], "f32"), input([2, 2, 2, 1, 2], "f32"), { stride: 2 }],
  cos: [x],
  customKernel: [
    { name: "k", wgsl: "fn main() {}", outputs: () => x, workgroups: () => 1, reference: () => [1] },
  ],
  cummax: [x, 0],
  cummin: [x, 0],
  cumprod: [x, 0],
  cumsum: [x, 0],
  det: [matrices],
  diag: [x, 1],
  diagEmbed: [x, 1],
  diagonal: [x, 0, 0, 1],
  diff: [x, 1, 1],
  div: [x, 2],
  eigh: [matrices],
  einsum: ["ij,ij->i", x, x],
  elu: [x, 1],
  eq: [x, 0],
  erf: [x],
  erfc: [x],
  erfinv: [x],
  exp: [x],
  expandDims: [x, 0],
  expm1: [x],
  eye: [3, 2, 1, "f32"],
  flip: [x, 0],
  floor: [x],
  floorDivide: [x, 2],
  foriLoop: [0, 3, (_i: unknown, state: unknown) => state, x, {}],
  full: [[2], 1, "f32"],
  gatherNd: [x, input([5, 2], "i32")],
  ge: [x, 0],
  gelu: [x, {}],
  glu: [input([4], "f32"), 0],
  gridSample: [image, input([1, 5, 2], "f32"), {}],
  gt: [x, 0],
  hardSigmoid: [x],
  hardSwish: [x],
  isfinite: [x],
  isinf: [x],
  isnan: [x],
  interpolate: [image, { size: [4, 5] }],
  inv: [matrices],
  histogram: [x, { bins: 3 }],
  iota: [[2], 0, "i32"],
  kron: [x, x],
  le: [x, 0],
  leakyRelu: [x, 0.1],
  linspace: [0, 1, 5, "f32"],
  log: [x],
  log1p: [x],
  log2: [x],
  lstsq: [matrices, input([3, 2], "f32"), {}],
  logSigmoid: [x],
  logicalAnd: [x, x],
  logicalNot: [x],
  logicalOr: [x, x],
  logicalXor: [x, 1],
  logSoftmax: [x, 0],
  logSumExp: [x, 0, {}],
  lt: [x, 0],
  lu: [matrices],
  matmul: [x, input([3, 2], "f32")],
  matrixNorm: [x, {}],
  matrixPower: [matrices, 2],
  matrixRank: [x, {}],
  max: [x, 0, {}],
  maxPool1d: [sequence, { kernel: 2 }],
  maxPool1dWithIndices: [sequence, { kernel: 2 }],
  maxPool2d: [image, { kernel: 2 }],
  maxPool2dWithIndices: [image, { kernel: 2 }],
  maxPool3d: [volume, { kernel: 2 }],
  maxPool3dWithIndices: [volume, { kernel: 2 }],
  maximum: [x, 0],
  mean: [x, 0, {}],
  median: [x, 0, {}],
  meshgrid: [[indices, indices], {}],
  min: [x, 0, {}],
  minimum: [x, 0],
  mish: [x],
  mod: [x, 2],
  mul: [x, 2],
  narrow: [x, 1, 0, 2],
  ne: [x, 0],
  neg: [x],
  nonzero: [x, { size: 3 }],
  norm: [x, {}],
  not: [bools],
  oneHot: [indices, 3, "f32"],
  ones: [[2], "f32"],
  onesLike: [x],
  or: [bools, bools],
  outer: [x, x],
  pad: [
    x,
    [
      [1, 1],
      [0, 0],
    ],
    "constant",
    { value: 1 },
  ],
  pixelShuffle: [input([1, 2, 2, 4], "f32"), 2],
  pixelUnshuffle: [input([1, 2, 2, 1], "f32"), 2],
  pinv: [x, {}],
  pow: [x, 2],
  prod: [x, 0, {}],
  qr: [x],
  quantile: [x, 0.5, 0, {}],
  reciprocal: [x],
  relu: [x],
  relu6: [x],
  rem: [x, 2],
  repeat: [x, 2, 0],
  reshape: [x, [3, 2]],
  resizeBilinear: [image, [4, 4]],
  resizeNearest: [image, [4, 4]],
  roll: [x, 1, 0],
  round: [x, 2],
  rsqrt: [x],
  sampleBilinear: [image, input([1, 5, 2], "f32"), {}],
  scatter: [x, input([2, 3], "i32"), x, 0, {}],
  scan: [(carry: unknown, y: unknown) => ({ carry, y }), x, x, {}],
  scatterAdd: [x, indices, 0, 4],
  scatterNd: [x, input([5, 2], "i32"), input([5], "f32"), {}],
  searchsorted: [input([4], "f32"), x, {}],
  selu: [x],
  shiftLeft: [indices, 1],
  shiftRight: [indices, 1],
  sigmoid: [x],
  sign: [x],
  silu: [x],
  sin: [x],
  slice: [x, [0], [1], [1]],
  slogdet: [matrices],
  softmax: [x, 0],
  softplus: [x],
  solve: [matrices, input([3, 2], "f32")],
  sort: [x, 0, {}],
  sqrt: [x],
  square: [x],
  squeeze: [x, []],
  stack: [[x, x], 0],
  stopGradient: [x],
  sub: [x, 1],
  sum: [x, 0, {}],
  svd: [x],
  switchCase: [input([], "i32"), [(state: unknown) => state, (state: unknown) => state], x],
  take: [x, indices, 0],
  takeAlongAxis: [x, input([2, 1], "i32"), 1],
  tan: [x],
  tanh: [x],
  tensor: [[1, 2], { shape: [1, 2] }],
  trunc: [x],
  tile: [x, [1, 2]],
  topK: [x, 1, 1],
  trace: [x, 0, 0, 1],
  transpose: [x, [1, 0]],
  triangularSolve: [matrices, input([3, 2], "f32"), {}],
  tril: [x, 0],
  triu: [x, 0],
  unique: [x, { size: 3 }],
  variance: [x, 0, {}],
  vectorNorm: [x, {}],
  where: [bools, x, 0],
  whileLoop: [() => tensor(false), (state: unknown) => state, x, { maxSteps: 3 }],
  xor: [bools, bools],
  zeros: [[2], "f32"],
  zerosLike: [x],

  bernoulli: [key, 0.5, [2]],
  foldIn: [key, 1],
  key: [7],
  normal: [key, [2]],
  permutation: [key, 4],
  randomBits: [key, [2]],
  randomInteger: [key, 0, 4, [2]],
  split: [key, 2],
  uniform: [key, [2], {}],
};

/** What untyped code passes by mistake. */
const mistakes: readonly unknown[] = [
  undefined,
  null,
  -1,
  0.5,
  Number.NaN,
  true,
  "x",
  [],
  [1.5],
  ["a"],
  {},
  { a: 1 },
  () => 1,
  x,
];

describe("any argument of any function may be wrong", () => {
  const functions = { ...ops, ...random } as unknown as Readonly<
    Record<string, (...args: readonly unknown[]) => unknown>
  >;

  test("what is valid passes, for every function", () => {
    expect(Object.keys(valid).toSorted()).toEqual(Object.keys(functions).toSorted());
    for (const [name, args] of Object.entries(valid))
      expect(() => functions[name]!(...args), name).not.toThrow();
  });

  test("a mistake is either taken or told in words, by the name of the function that was called", () => {
    const wrong: string[] = [];
    for (const [name, args] of Object.entries(valid)) {
      for (const position of args.keys()) {
        for (const mistake of mistakes) {
          try {
            functions[name]!(...args.with(position, mistake));
          } catch (error) {
            const { message, name: kind } = error as Error;
            if (kind !== "Error" || !message.startsWith(`${name}: `)) {
              wrong.push(
                `${name} argument ${position} = ${JSON.stringify(mistake) ?? String(mistake)}: ${message}`,
              );
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
