import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { type Shape, sizeOf, stridesOf } from "../src/shape.js";
import { input, type Tensor } from "../src/tensor.js";

const { conv2d, conv2dWeightGradient, convTranspose2d, matmul, tensor } = ops;
const counting = (shape: Shape): Tensor => ops.reshape(ops.iota([sizeOf(shape)], 0, "f32"), shape);

/** Values without a pattern, in [-1, 1]. */
const rough = (shape: Shape, seed: number): Tensor =>
  ops.sin(ops.add(ops.mul(counting(shape), 1.7 + seed), seed));

const dot = (a: Tensor, b: Tensor): Tensor => ops.sum(ops.mul(a, b));

describe("matmul", () => {
  test("matrices, vectors and their mixtures", () => {
    const a = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const b = tensor([
      [1, 0, 2],
      [0, 1, 3],
    ]);
    expect([matmul(a, b).shape, valuesOf(matmul(a, b))]).toEqual([
      [3, 3],
      [1, 2, 8, 3, 4, 18, 5, 6, 28],
    ]);
    const v = tensor([1, -1]);
    expect([matmul(a, v).shape, valuesOf(matmul(a, v))]).toEqual([[3], [-1, -1, -1]]);
    expect([matmul(v, b).shape, valuesOf(matmul(v, b))]).toEqual([[3], [1, -1, -1]]);
    expect([matmul(v, v).shape, valuesOf(matmul(v, v))]).toEqual([[], [2]]);
  });

  test("batches broadcast, and each is the product of its matrices", () => {
    const cases: readonly (readonly [Shape, Shape, Shape])[] = [
      [
        [2, 3, 4],
        [2, 4, 5],
        [2, 3, 5],
      ],
      [
        [2, 3, 4],
        [4, 5],
        [2, 3, 5],
      ],
      [
        [3, 4],
        [2, 4, 5],
        [2, 3, 5],
      ],
      [
        [2, 1, 3, 4],
        [3, 4, 5],
        [2, 3, 3, 5],
      ],
      [
        [2, 6, 3, 4],
        [4, 5],
        [2, 6, 3, 5],
      ],
      [[2, 3, 4], [4], [2, 3]],
      [[4], [2, 4, 5], [2, 5]],
    ];
    for (const [left, right, shape] of cases) {
      const [a, b] = [rough(left, 0.3), rough(right, 0.7)];
      const product = matmul(a, b);
      expect(product.shape).toEqual(shape);
      // The same by broadcasting [..., M, K, 1] against [..., 1, K, N] and summing over K.
      const columns = ops.expandDims(left.length === 1 ? ops.reshape(a, [1, -1]) : a, -1);
      const rows = ops.expandDims(right.length === 1 ? ops.reshape(b, [-1, 1]) : b, -3);
      const expected = valuesOf(ops.sum(ops.mul(columns, rows), -2));
      for (const [i, value] of valuesOf(product).entries()) expect(value).toBeCloseTo(expected[i]!, 12);
    }
  });

  test("mistakes are named", () => {
    expect(() => matmul(input([2, 3], "f32"), input([4, 5], "f32"))).toThrow(
      "matmul: a has 3 columns, b has 4 rows (f32 [2,3] and f32 [4,5])",
    );
    expect(() => matmul(input([2, 2, 3], "f32"), input([4, 5], "f32"))).toThrow(
      "matmul: a has 3 columns, b has 4 rows (f32 [2,2,3] and f32 [4,5])",
    );
    expect(() => matmul(input([2, 3, 4], "f32"), input([3, 4, 5], "f32"))).toThrow(
      "matmul: batches [2] and [3] do not broadcast",
    );
    expect(() => matmul(input([], "f32"), input([4, 5], "f32"))).toThrow(
      "matmul: expected vectors or matrices",
    );
    expect(() => matmul(input([2, 3], "f32"), input([3, 2], "f16"))).toThrow(
      "matmul: operands must have one dtype",
    );
  });
});

interface Geometry {
  readonly stride: readonly [number, number];
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

interface Case extends Geometry {
  readonly x: Shape;
  readonly weight: Shape;
}

/** The definition, one output element at a time, with an explicit test for the padding. */
function naiveConv2d(x: readonly number[], weight: readonly number[], c: Case): number[] {
  const [batch, height, width, inputs] = c.x as [number, number, number, number];
  const [kernelHeight, kernelWidth, perGroup, outputs] = c.weight as [number, number, number, number];
  const extent = (axis: 0 | 1, size: number, kernel: number): number =>
    Math.floor(
      (size + c.padding[axis][0] + c.padding[axis][1] - c.dilation[axis] * (kernel - 1) - 1) / c.stride[axis],
    ) + 1;
  const xAt = stridesOf(c.x);
  const wAt = stridesOf(c.weight);
  const result: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < extent(0, height, kernelHeight); oy++)
      for (let ox = 0; ox < extent(1, width, kernelWidth); ox++)
        for (let o = 0; o < outputs; o++) {
          const group = Math.floor(o / (outputs / c.groups));
          let total = 0;
          for (let ky = 0; ky < kernelHeight; ky++)
            for (let kx = 0; kx < kernelWidth; kx++)
              for (let i = 0; i < perGroup; i++) {
                const y = oy * c.stride[0] - c.padding[0][0] + ky * c.dilation[0];
                const z = ox * c.stride[1] - c.padding[1][0] + kx * c.dilation[1];
                if (y < 0 || y >= height || z < 0 || z >= width) continue;
                total +=
                  x[n * xAt[0]! + y * xAt[1]! + z * xAt[2]! + group * (inputs / c.groups) + i]! *
                  weight[ky * wAt[0]! + kx * wAt[1]! + i * wAt[2]! + o]!;
              }
          result.push(total);
        }
  return result;
}

/** Convolutions whose kernel fits into the padded input. */
const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    size: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    channels: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    groups: fc.integer({ min: 1, max: 3 }),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    padding: fc.tuple(
      fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })),
      fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })),
    ),
  })
  .map(
    ({ batch, size, kernel, channels, groups, ...rest }): Case => ({
      ...rest,
      groups,
      x: [batch, ...size, channels[0] * groups],
      weight: [...kernel, channels[0], channels[1] * groups],
    }),
  )
  .filter((c) =>
    ([0, 1] as const).every(
      (axis) =>
        c.x[axis + 1]! + c.padding[axis][0] + c.padding[axis][1] >=
        c.dilation[axis] * (c.weight[axis]! - 1) + 1,
    ),
  );

const geometryOf = ({ stride, padding, dilation, groups }: Case): Geometry => ({
  stride,
  padding,
  dilation,
  groups,
});

describe("conv2d", () => {
  test("a hand-written example: stride, padding and two channels", () => {
    const x = tensor([
      [
        [
          [1, 10],
          [2, 20],
        ],
        [
          [3, 30],
          [4, 40],
        ],
      ],
    ]);
    const weight = tensor([[[[1], [0.1]]]]);
    expect(valuesOf(conv2d(x, weight))).toEqual([2, 4, 6, 8].map((v) => expect.closeTo(v, 5)));
    const box = ops.ones([2, 2, 2, 1]);
    const y = conv2d(x, box, { stride: 2, padding: 1 });
    expect(y.shape).toEqual([1, 2, 2, 1]);
    expect(valuesOf(y)).toEqual([11, 22, 33, 44]);
  });

  test("equals the definition, with groups, dilation and uneven padding", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const [x, weight] = [rough(c.x, 0.2), rough(c.weight, 0.5)];
        const expected = naiveConv2d(valuesOf(x), valuesOf(weight), c);
        const actual = valuesOf(conv2d(x, weight, geometryOf(c)));
        expect(actual).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
      }),
    );
  });

  test("its two adjoints: <conv(x, w), y> = <x, convTranspose(y, w)> = <w, weightGradient(x, y)>", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const [x, weight] = [rough(c.x, 0.2), rough(c.weight, 0.5)];
        const output = conv2d(x, weight, geometryOf(c));
        const y = rough(output.shape, 0.9);
        const inputGradient = convTranspose2d(y, weight, {
          ...geometryOf(c),
          outputSize: [c.x[1]!, c.x[2]!],
        });
        const weightGradient = conv2dWeightGradient(x, y, {
          ...geometryOf(c),
          kernelSize: [c.weight[0]!, c.weight[1]!],
        });
        expect(inputGradient.shape).toEqual(c.x);
        expect(weightGradient.shape).toEqual(c.weight);
        const [a, b, d] = interpret([dot(output, y), dot(x, inputGradient), dot(weight, weightGradient)]);
        expect(b![0]).toBeCloseTo(a![0]!, 11);
        expect(d![0]).toBeCloseTo(a![0]!, 11);
      }),
    );
  });

  test("numbers and pairs are shorthands", () => {
    const [x, weight] = [input([1, 9, 9, 2], "f32"), input([3, 3, 2, 4], "f32")];
    const short = conv2d(x, weight, { stride: 2, padding: [1, 2], dilation: 2 });
    expect(short.definition.params).toEqual({
      stride: [2, 2],
      padding: [
        [1, 1],
        [2, 2],
      ],
      dilation: [2, 2],
      groups: 1,
    });
    const uneven = conv2d(x, weight, {
      padding: [
        [0, 1],
        [2, 3],
      ],
    });
    expect(uneven.shape).toEqual([1, 8, 12, 4]);
  });
});

describe("convTranspose2d", () => {
  test("a stride of 2 spreads the kernel", () => {
    const y = tensor([[[[1], [2]]]]);
    const weight = tensor([[[[1]], [[10]], [[100]]]]);
    const x = convTranspose2d(y, weight, { stride: [1, 2] });
    expect(x.shape).toEqual([1, 1, 5, 1]);
    expect(valuesOf(x)).toEqual([1, 10, 102, 20, 200]);
  });

  test("output sizes as PyTorch has them", () => {
    const weight = input([4, 4, 3, 8], "f32");
    const y = input([2, 5, 7, 8], "f32");
    expect(convTranspose2d(y, weight, { stride: 2, padding: 1 }).shape).toEqual([2, 10, 14, 3]);
    expect(convTranspose2d(y, weight, { stride: 2, padding: 1, outputPadding: [1, 0] }).shape).toEqual([
      2, 11, 14, 3,
    ]);
    expect(convTranspose2d(y, weight, { stride: 2, padding: 1, outputSize: [11, 15] }).shape).toEqual([
      2, 11, 15, 3,
    ]);
    expect(() => convTranspose2d(y, weight, { stride: 2, outputSize: [12, 16], outputPadding: 1 })).toThrow(
      "convTranspose2d: outputSize and outputPadding say the same thing; give one of them",
    );
    expect(() => convTranspose2d(y, weight, { stride: 2, padding: 1, outputPadding: 2 })).toThrow(
      "convTranspose2d: y has extent 5 on axis 1, the geometry gives 6",
    );
    expect(() => convTranspose2d(input([5, 7, 8], "f32"), weight)).toThrow(
      "convTranspose2d: expected y [N,H,W,Cout] and weight [KH,KW,Cin/groups,Cout], got f32 [5,7,8]",
    );
  });
});
