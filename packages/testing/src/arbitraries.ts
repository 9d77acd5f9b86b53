import type { ConvParams, DType } from "@clidim/tensor";
import fc from "fast-check";

const { CLIDIM_GRADIENT_RUNS: numRuns, CLIDIM_GRADIENT_SEED: seed } = process.env;

export interface Runs {
  readonly numRuns: number;
  readonly seed?: number;
}

/** Cases per property, `usual` unless the environment asks for another number, and for a seed (scripts/test-gradients.mjs does). */
export const runsOr = (usual: number): Runs => ({
  numRuns: Number(numRuns ?? usual),
  ...(seed !== undefined && { seed: Number(seed) }),
});

/** Cases per property of primitives and operations, which take a millisecond each. */
export const runs: Runs = runsOr(60);

export const extent: fc.Arbitrary<number> = fc.integer({ min: 1, max: 4 });

export const shapes = (minRank = 0, maxRank = 4): fc.Arbitrary<number[]> =>
  fc.array(extent, { minLength: minRank, maxLength: maxRank });

export const seeds: fc.Arbitrary<number> = fc.nat(0xffff);

export const floats: fc.Arbitrary<DType> = fc.constantFrom("f32", "f16");

/** Some of the axes, ascending. */
export const someAxes = (rank: number): fc.Arbitrary<number[]> =>
  fc.subarray(Array.from({ length: rank }, (_, axis) => axis));

/** Two shapes that broadcast together: the first with some extents 1 and some leading axes missing in each. */
export const broadcastPair: fc.Arbitrary<[number[], number[]]> = shapes(0, 3).chain((shape) => {
  const narrowed = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, missing]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(missing));
  return fc.tuple(narrowed, narrowed);
});

/** Where a convolution's kernel fits, with groups, dilation and a different stride and padding in each direction. */
export interface Geometry {
  readonly x: number[];
  readonly weight: number[];
  readonly y: number[];
  readonly params: ConvParams;
}

const direction = fc
  .record({
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    low: fc.nat(2),
    high: fc.nat(2),
    beyond: fc.nat(4),
  })
  .map(({ kernel, stride, dilation, low, high, beyond }) => {
    const span = dilation * (kernel - 1) + 1;
    const input = Math.max(1, span - low - high) + beyond;
    const output = Math.floor((input + low + high - span) / stride) + 1;
    return { kernel, stride, dilation, padding: [low, high] as const, input, output };
  });

export const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    vertical: direction,
    horizontal: direction,
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 2 }),
    outputs: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ batch, vertical: v, horizontal: h, groups, inputs, outputs }) => ({
    x: [batch, v.input, h.input, inputs * groups],
    weight: [v.kernel, h.kernel, inputs, outputs * groups],
    y: [batch, v.output, h.output, outputs * groups],
    params: {
      stride: [v.stride, h.stride],
      padding: [v.padding, h.padding],
      dilation: [v.dilation, h.dilation],
      groups,
    },
  }));
