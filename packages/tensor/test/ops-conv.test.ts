import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { type Shape, sizeOf, stridesOf } from "../src/shape.js";
import { input, type Tensor } from "../src/tensor.js";

const { conv1d, conv3d, convTranspose1d, convTranspose3d, pixelShuffle, pixelUnshuffle, tensor } = ops;
/** Zeros without a sign. */
const values = (x: Tensor): number[] => [...interpret([x])[0]!].map((value) => value + 0);
const whole = (shape: Shape, seed: number): Tensor =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (((i + seed) * 37) % 11) - 5),
    { shape },
  );

interface Direction {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly extent: number;
}

/** Cross-correlation over any number of directions by its definition. */
function correlate(x: Tensor, weight: Tensor, directions: readonly Direction[], groups: number): number[] {
  const [a, w] = [values(x), values(weight)];
  const outputs = weight.shape.at(-1)!;
  const inputs = weight.shape.at(-2)!;
  const shape = [
    x.shape[0]!,
    ...directions.map(
      (d) => Math.floor((d.extent + 2 * d.padding - d.dilation * (d.kernel - 1) - 1) / d.stride) + 1,
    ),
    outputs,
  ];
  const at = (data: readonly number[], extents: Shape, index: readonly number[]): number =>
    data[stridesOf(extents).reduce((sum, stride, axis) => sum + stride * index[axis]!, 0)]!;
  const indices = (extents: Shape): number[][] =>
    Array.from({ length: sizeOf(extents) }, (_, position) =>
      extents.map((extent, axis) => Math.floor(position / stridesOf(extents)[axis]!) % extent),
    );
  const taps = indices(directions.map((d) => d.kernel));
  return indices(shape).map(([n, ...rest]) => {
    const out = rest.pop()!;
    const group = Math.floor((out * groups) / outputs);
    let total = 0;
    for (const tap of taps) {
      const source = directions.map((d, i) => rest[i]! * d.stride + tap[i]! * d.dilation - d.padding);
      if (source.some((s, i) => s < 0 || s >= directions[i]!.extent)) continue;
      for (let c = 0; c < inputs; c++) {
        total += at(a, x.shape, [n!, ...source, group * inputs + c]) * at(w, weight.shape, [...tap, c, out]);
      }
    }
    return total;
  });
}

const direction: fc.Arbitrary<Direction> = fc
  .record({
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.nat(2),
    dilation: fc.integer({ min: 1, max: 2 }),
    beyond: fc.nat(3),
  })
  .map(({ beyond, ...rest }) => ({
    ...rest,
    extent: Math.max(1, rest.dilation * (rest.kernel - 1) + 1 - 2 * rest.padding) + beyond,
  }));
const groups = fc.integer({ min: 1, max: 2 });

describe("conv1d", () => {
  test("correlates each channel's row, with stride, padding, dilation and groups", () => {
    fc.assert(
      fc.property(direction, groups, (d, groups) => {
        const x = whole([2, d.extent, 2 * groups], 1);
        const weight = whole([d.kernel, 2, 2 * groups], 4);
        const { stride, padding, dilation } = d;
        const y = conv1d(x, weight, { stride, padding, dilation, groups });
        expect(values(y)).toEqual(correlate(x, weight, [d], groups));
      }),
      { numRuns: 60 },
    );
  });

  test("known values, padded at one end", () => {
    const x = tensor([1, 2, 3, 4], { shape: [1, 4, 1] });
    const weight = tensor([1, 10], { shape: [2, 1, 1] });
    const y = conv1d(x, weight, { padding: [1, 0] });
    expect([y.shape, values(y)]).toEqual([
      [1, 4, 1],
      [10, 21, 32, 43],
    ]);
  });

  test("mistakes are told in the shapes of the call", () => {
    const x = input([2, 8, 3], "f32");
    const refused: readonly (readonly [() => unknown, string])[] = [
      [
        () => conv1d(input([8, 3], "f32"), input([3, 3, 4], "f32")),
        "conv1d: expected x [N,L,C] and weight [K,Cin/groups,Cout], got x f32 [8,3], weight f32 [3,3,4]",
      ],
      [
        () => conv1d(x, input([3, 4, 4], "f32")),
        "conv1d: x has 3 channels, weight expects 4 (x f32 [2,8,3], weight f32 [3,4,4], groups 1)",
      ],
      [
        () => conv1d(x, input([3, 1, 4], "f32"), { groups: 3 }),
        "conv1d: 4 output channels do not divide into 3 groups (x f32 [2,8,3], weight f32 [3,1,4])",
      ],
      [
        () => conv1d(x, input([9, 3, 4], "f32")),
        "conv1d: the kernel does not fit into the padded input on axis 1 (x f32 [2,8,3], weight f32 [9,3,4], padding [0,0], dilation 1); pad more",
      ],
      [
        () => conv1d(x, input([3, 3, 4], "f32"), { stride: 0 }),
        "conv1d: stride [0], dilation [1] and groups 1 must be integers of at least 1",
      ],
      [
        () => conv1d(x, input([3, 3, 4], "f32"), { padding: [0, -1] }),
        "conv1d: padding must be integers of at least 0, got [[0,-1]]",
      ],
    ];
    for (const [call, message] of refused) expect(call).toThrow(message);
  });
});

describe("conv3d", () => {
  test("correlates volumes, with stride, padding, dilation and groups", () => {
    fc.assert(
      fc.property(direction, direction, direction, groups, (d, v, h, groups) => {
        const all = [d, v, h] as const;
        const x = whole([2, d.extent, v.extent, h.extent, 2 * groups], 1);
        const weight = whole([d.kernel, v.kernel, h.kernel, 2, groups], 4);
        const triple = (name: keyof Direction): readonly [number, number, number] => [
          d[name],
          v[name],
          h[name],
        ];
        const y = conv3d(x, weight, {
          stride: triple("stride"),
          padding: triple("padding"),
          dilation: triple("dilation"),
          groups,
        });
        expect(values(y)).toEqual(correlate(x, weight, all, groups));
      }),
      { numRuns: 40 },
    );
  });

  test("mistakes are told in the shapes of the call", () => {
    expect(() => conv3d(input([1, 4, 4, 2], "f32"), input([3, 3, 3, 2, 4], "f32"))).toThrow(
      "conv3d: expected x [N,D,H,W,C] and weight [KD,KH,KW,Cin/groups,Cout], got x f32 [1,4,4,2], weight f32 [3,3,3,2,4]",
    );
    expect(() => conv3d(input([1, 2, 4, 4, 2], "f32"), input([3, 3, 3, 2, 4], "f32"))).toThrow(
      "conv3d: the kernel does not fit into the padded input on axis 1",
    );
    expect(() => conv3d(input([1, 4, 4, 4, 2], "f32"), input([3, 3, 3, 2, 4], "i32"))).toThrow(
      "conv3d: operands must have one dtype, got f32 [1,4,4,4,2] and i32 [3,3,3,2,4]; cast first",
    );
  });
});

describe("transposed convolutions", () => {
  const dot = (a: Tensor, b: Tensor): number =>
    values(a).reduce((total, value, i) => total + value * values(b)[i]!, 0);

  test("are the adjoints of convolutions: <conv x, y> = <x, transposed y>", () => {
    const beside: Direction = { kernel: 3, stride: 1, padding: 2, dilation: 2, extent: 1 };
    fc.assert(
      fc.property(direction, direction, groups, (d, v, groups) => {
        const { stride, padding, dilation } = d;
        const beyond = (of: Direction): number =>
          (of.extent + 2 * of.padding - of.dilation * (of.kernel - 1) - 1) % of.stride;
        const line = whole([2, d.extent, 2 * groups], 1);
        const taps = whole([d.kernel, 2, 3 * groups], 2);
        const options = { stride, padding, dilation, groups };
        const y = whole(conv1d(line, taps, options).shape, 3);
        const back = convTranspose1d(y, taps, { ...options, outputPadding: beyond(d) });
        expect(back.shape).toEqual(line.shape);
        expect(dot(back, line)).toBe(dot(conv1d(line, taps, options), y));

        const volume = whole([1, d.extent, v.extent, 3, 2 * groups], 4);
        const kernel = whole([d.kernel, v.kernel, 1, 2, groups], 5);
        const triples = {
          stride: [d.stride, v.stride, 1],
          padding: [d.padding, v.padding, 0],
          dilation: [d.dilation, v.dilation, 1],
          groups,
        } as const;
        const z = whole(conv3d(volume, kernel, triples).shape, 6);
        const outputPadding = [beyond(d), beyond(v), 0] as const;
        const spread = convTranspose3d(z, kernel, { ...triples, outputPadding });
        expect(spread.shape).toEqual(volume.shape);
        expect(dot(spread, volume)).toBe(dot(conv3d(volume, kernel, triples), z));
      }),
      // A tap that sees borders alone.
      { numRuns: 20, examples: [[beside, { ...beside, kernel: 1, padding: 0, dilation: 1 }, 1]] },
    );
  });

  test("mistakes are told in the shapes of the call", () => {
    const y = input([1, 4, 3], "f32");
    const weight = input([3, 2, 3], "f32");
    const refused: readonly (readonly [call: () => unknown, message: string])[] = [
      [
        () => convTranspose1d(y, input([3, 2, 4], "f32")),
        "convTranspose1d: y has 3 channels, weight expects 4 (y f32 [1,4,3], weight f32 [3,2,4])",
      ],
      [
        () => convTranspose1d(y, weight, { stride: 2, outputPadding: 2 }),
        "convTranspose1d: outputPadding [2] must be below stride [2]; it chooses among the inputs of a convolution of that stride",
      ],
      [
        () => convTranspose1d(y, weight, { groups: 2 }),
        "convTranspose1d: 3 channels of y do not divide into 2 groups (y f32 [1,4,3], weight f32 [3,2,3])",
      ],
      [
        () => convTranspose1d(y, weight, { padding: 3 }),
        "convTranspose1d: padding 3 leaves nothing of axis 1 (y f32 [1,4,3], weight f32 [3,2,3]); pad less",
      ],
      [
        () => convTranspose3d(y, weight),
        "convTranspose3d: expected y [N,D,H,W,C] and weight [KD,KH,KW,Cin/groups,C], got y f32 [1,4,3], weight f32 [3,2,3]",
      ],
    ];
    for (const [call, message] of refused) expect(call).toThrow(message);
  });
});

describe("pixelShuffle", () => {
  test("takes the pixels of each square from neighbouring channels, and pixelUnshuffle puts them back", () => {
    const x = tensor(
      Float64Array.from({ length: 24 }, (_, i) => i),
      { shape: [1, 1, 3, 8] },
    );
    const shuffled = pixelShuffle(x, 2);
    expect(shuffled.shape).toEqual([1, 2, 6, 2]);
    // Channel 0 of the result has channels 0 to 3: two above, two below.
    expect(values(shuffled).filter((_, i) => i % 2 === 0)).toEqual([
      0, 1, 8, 9, 16, 17, 2, 3, 10, 11, 18, 19,
    ]);
    expect(values(pixelUnshuffle(shuffled, 2))).toEqual(values(x));
    expect(() => pixelShuffle(x, 3)).toThrow(
      "pixelShuffle: expected x of shape [N,H,W,C] with C a multiple of 9, got f32 [1,1,3,8]",
    );
    expect(() => pixelUnshuffle(x, 2)).toThrow(
      "pixelUnshuffle: expected x of shape [N,H,W,C] with H and W multiples of 2, got f32 [1,1,3,8]",
    );
  });
});
