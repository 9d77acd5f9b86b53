import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ops from "../src/ops/index.js";
import { type Shape, sizeOf, stridesOf } from "../src/shape.js";
import { input, type Tensor } from "../src/tensor.js";

const { tensor } = ops;

/** The value at an index. */
function reader(x: Tensor): (...index: readonly number[]) => number {
  const [data, strides] = [valuesOf(x), stridesOf(x.shape)];
  return (...index) => data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
}

/** Row-major values of a function of the index. */
const computed = (shape: Shape, f: (...index: readonly number[]) => number): number[] => {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, position) =>
    f(...shape.map((extent, axis) => Math.floor(position / strides[axis]!) % extent)),
  );
};

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - expected[i]!), `element ${i}: ${value}, expected ${expected[i]}`).toBeLessThan(
      tolerance,
    );
  }
}

describe("patches", () => {
  const geometry = { stride: [2, 1], padding: [1, 0], dilation: [1, 2] } as const;

  test("times a weight they are a convolution", () => {
    const [image, weight] = [normal([2, 5, 7, 3], 1), normal([3, 2, 3, 4], 2)];
    const patches = ops.unfold(image, { kernel: [3, 2], ...geometry });
    const product = ops.matmul(patches, ops.reshape(weight, [18, 4]));
    const sides = [
      [1, 1],
      [0, 0],
    ] as const;
    expectClose(
      valuesOf(product),
      valuesOf(ops.conv2d(image, weight, { ...geometry, padding: sides })),
      1e-5,
    );
  });

  test("put back, each element counts as often as patches have it", () => {
    const ones = ops.unfold(ops.ones([1, 3, 4, 1]), { kernel: 2 });
    expect(ones.shape).toEqual([1, 2, 3, 4]);
    const counts = ops.fold(ones, { kernel: 2, size: [3, 4] });
    expect(valuesOf(counts)).toEqual([1, 2, 2, 1, 2, 4, 4, 2, 1, 2, 2, 1]);
  });

  test("that do not fit are refused", () => {
    const image = input([1, 3, 4, 1], "f32");
    expect(() => ops.unfold(image, { kernel: 4 })).toThrow("unfold: kernel [4,4] exceeds the image [3,4]");
    expect(() => ops.unfold(image, {} as ops.UnfoldOptions)).toThrow("unfold: options must say the kernel");
    expect(() => ops.fold(image, { kernel: 2, size: [3, 4] })).toThrow(
      "fold: patches must be [N,2,3,4 C] for images of size [3,4], got f32 [1,3,4,1]",
    );
  });
});

describe("pooling", () => {
  const x = tensor(
    Float32Array.from({ length: 16 }, (_, i) => i + 1),
    { shape: [1, 4, 4, 1] },
  );

  test("windows that tile the image, and windows that overlap", () => {
    expect(valuesOf(ops.maxPool2d(x, { kernel: 2 }))).toEqual([6, 8, 14, 16]);
    expect(valuesOf(ops.avgPool2d(x, { kernel: 2 }))).toEqual([3.5, 5.5, 11.5, 13.5]);
    expect(valuesOf(ops.maxPool2d(x, { kernel: [2, 3], stride: 1 }))).toEqual([7, 8, 11, 12, 15, 16]);
    expect(valuesOf(ops.avgPool2d(x, { kernel: [1, 2], stride: [3, 2] }))).toEqual([1.5, 3.5, 13.5, 15.5]);
  });

  test("padding never wins the maximum and counts as zeros in the mean", () => {
    const negative = ops.neg(x);
    expect(valuesOf(ops.maxPool2d(negative, { kernel: 3, stride: 2, padding: 1 }))).toEqual([-1, -2, -5, -6]);
    const [corner] = valuesOf(ops.avgPool2d(x, { kernel: 3, stride: 2, padding: 1 }));
    expect(corner).toBeCloseTo((1 + 2 + 5 + 6) / 9, 6);
    const infinite = ops.full([1, 4, 4, 1], Number.NEGATIVE_INFINITY);
    expect(valuesOf(ops.maxPool2d(infinite, { kernel: 3, stride: 3, padding: 1 }))).toEqual(
      new Array(4).fill(Number.NEGATIVE_INFINITY),
    );
    const half = ops.cast(negative, "f16");
    expect(valuesOf(ops.maxPool2d(half, { kernel: 3, stride: 2, padding: 1 }))).toEqual([-1, -2, -5, -6]);
  });

  test("the place of the largest is one of the image's, whatever its value", () => {
    const infinite = ops.full([1, 3, 3, 1], Number.NEGATIVE_INFINITY);
    const { values, indices } = ops.maxPool2dWithIndices(infinite, { kernel: 2, stride: 2, padding: 1 });
    expect(valuesOf(values)).toEqual(new Array(4).fill(Number.NEGATIVE_INFINITY));
    expect(valuesOf(indices)).toEqual([0, 1, 3, 4]);
  });

  test("what cannot be pooled is refused", () => {
    const refused: readonly (readonly [Tensor, ops.PoolOptions<ops.Extents2d>, string])[] = [
      [input([4, 4], "f32"), { kernel: 2 }, "maxPool2d: expected x of shape [N,H,W,C], got f32 [4,4]"],
      [
        input([1, 4, 4, 1], "i32"),
        { kernel: 2 },
        "maxPool2d: x must be floating point, got i32 [1,4,4,1]; cast first",
      ],
      [x, { kernel: 0 }, "maxPool2d: kernel must be whole numbers of at least 1, got [0,0]"],
      [x, { kernel: 2, stride: [1, 0] }, "maxPool2d: stride must be whole numbers of at least 1, got [1,0]"],
      [x, { kernel: 2, padding: -1 }, "maxPool2d: padding must be whole numbers of at least 0, got [-1,-1]"],
      [
        x,
        { kernel: 2, padding: 2 },
        "maxPool2d: padding [2,2] exceeds half the kernel [2,2]; pad x itself for more",
      ],
      [
        x,
        { kernel: [2, 7], padding: 1 },
        "maxPool2d: kernel [2,7] exceeds the image (x [1,4,4,1]); use a smaller one",
      ],
    ];
    for (const [image, options, message] of refused) {
      expect(() => ops.maxPool2d(image, options)).toThrow(message);
    }
    expect(() => ops.maxPool1d(x, { kernel: 2 })).toThrow("maxPool1d: expected x of shape [N,L,C]");
    expect(() => ops.maxPool2d(x, { kernel: 3, dilation: 2 })).toThrow(
      "maxPool2d: kernel [3,3] exceeds the image (x [1,4,4,1], dilation [2,2]); use a smaller one",
    );
    expect(() => ops.adaptiveAvgPool2d(x, 0)).toThrow(
      "adaptiveAvgPool2d: size must be whole numbers of at least 1, got [0,0]",
    );
    expect(() => ops.avgPool2d(x, { kernel: 5 })).toThrow("avgPool2d: kernel [5,5] exceeds the image");
  });
});

describe("resize", () => {
  // Beyond 16 phases elements are gathered; both ways agree with the formula.
  const sizes = fc.integer({ min: 1, max: 40 });

  test("nearest reads row floor(i * H / height)", () => {
    fc.assert(
      fc.property(fc.tuple(sizes, sizes), fc.tuple(sizes, sizes), ([h, w], size) => {
        const x = normal([1, h, w, 2]);
        const at = reader(x);
        const y = ops.resizeNearest(x, size);
        expect(y.shape).toEqual([1, ...size, 2]);
        expect(valuesOf(y)).toEqual(
          computed(y.shape, (n, i, j, c) =>
            at(n!, Math.floor((i! * h) / size[0]), Math.floor((j! * w) / size[1]), c!),
          ),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("of long axes, whose products are beyond i32", () => {
    const row = (length: number): Tensor => ops.reshape(ops.arange(length, "f32"), [1, 1, length, 1]);
    const nearest = valuesOf(ops.resizeNearest(row(100_000), [1, 30_001]));
    expect(nearest.every((value, i) => value === Math.floor((i * 100_000) / 30_001))).toBe(true);
    const linear = valuesOf(ops.resizeBilinear(row(48_000), [1, 44_100]));
    expectClose(
      linear,
      linear.map((_, i) => Math.min(Math.max(((i + 0.5) * 48_000) / 44_100 - 0.5, 0), 47_999)),
      0.01,
    );
  });

  test("bilinear interpolates between pixel centres and repeats the edge", () => {
    fc.assert(
      fc.property(fc.tuple(sizes, sizes), fc.tuple(sizes, sizes), ([h, w], size) => {
        const x = normal([2, h, w, 1]);
        const at = reader(x);
        const taps = (i: number, extent: number, length: number): readonly [number, number, number] => {
          const source = Math.max(0, ((i + 0.5) * extent) / length - 0.5);
          const low = Math.min(Math.floor(source), extent - 1);
          return [low, Math.min(low + 1, extent - 1), source - low];
        };
        const y = ops.resizeBilinear(x, size);
        const expected = computed(y.shape, (n, i, j, c) => {
          const [top, bottom, v] = taps(i!, h, size[0]);
          const [left, right, u] = taps(j!, w, size[1]);
          const row = (r: number): number => at(n!, r, left, c!) * (1 - u) + at(n!, r, right, c!) * u;
          return row(top) * (1 - v) + row(bottom) * v;
        });
        expectClose(valuesOf(y), expected);
      }),
      { numRuns: 60 },
    );
  });

  test("an axis may be longer than a call has arguments", () => {
    const x = ops.zeros([1, 1, 140_002, 1]);
    for (const resized of [
      ops.interpolate(x, { size: [1, 140_001], mode: "bilinear", alignCorners: true }),
      ops.adaptiveMaxPool2d(x, [1, 140_001]),
    ]) {
      expect(resized.shape).toEqual([1, 1, 140_001, 1]);
    }
  });

  test("known values", () => {
    const x = tensor([10, 20, 30, 40], { shape: [1, 2, 2, 1] });
    expect(valuesOf(ops.resizeNearest(x, [3, 2]))).toEqual([10, 20, 10, 20, 30, 40]);
    expect(valuesOf(ops.resizeBilinear(x, [1, 1]))).toEqual([25]);
    expect(valuesOf(ops.resizeBilinear(x, [2, 4]))).toEqual([10, 12.5, 17.5, 20, 30, 32.5, 37.5, 40]);
    const labels = tensor([3, 7], { shape: [1, 1, 2, 1], dtype: "i32" });
    expect(valuesOf(ops.resizeNearest(labels, [1, 4]))).toEqual([3, 3, 7, 7]);
  });

  test("sizes and ranks are checked", () => {
    expect(() => ops.resizeNearest(input([4, 4], "f32"), [2, 2])).toThrow(
      "resizeNearest: expected x of shape [N,H,W,C], got f32 [4,4]",
    );
    expect(() => ops.resizeBilinear(input([1, 4, 4, 1], "f32"), [2, 0.5])).toThrow(
      "resizeBilinear: size must be [height, width] in whole numbers of at least 1, got [2,0.5]",
    );
    expect(() => ops.resizeBilinear(input([1, 4, 4, 1], "i32"), [2, 2])).toThrow(
      "resizeBilinear: x must be floating point, got i32 [1,4,4,1]; cast first",
    );
  });
});

test("what an antialiased pixel does not reach may be no number", () => {
  const resized = (row: readonly number[]): number[] =>
    valuesOf(
      ops.interpolate(tensor(row, { shape: [1, 1, row.length, 1] }), {
        size: [1, 3],
        mode: "bilinear",
        antialias: true,
      }),
    );
  const reach = resized([0, 0, 0, 0, 1, 0, 0]).map((share) => share !== 0);
  expect(reach).toEqual([false, true, true]);
  expect(resized([1, 1, 1, 1, Number.NaN, 1, 1]).map(Number.isNaN)).toEqual(reach);
  expect(resized([1, 1, 1, 1, 1, 1, Number.POSITIVE_INFINITY])[2]).toBe(Number.POSITIVE_INFINITY);
});

describe("gridSample", () => {
  const page = tensor([1, 2, 3, 4, 5, 6], { shape: [1, 2, 3, 1] });
  const stacked = ops.reshape(page, [1, 2, 1, 3, 1]);
  const nowhere = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  test("reads nothing at NaN, or with the edge or a mirror the first pixel", () => {
    const grid = tensor(nowhere.map((x) => [x, -0.5]));
    const inStack = tensor(nowhere.map((x) => [x, 0, -0.5]));
    const expected = { zero: [0, 0, 0], border: [1, 3, 1], reflection: [1, 1, 1] };
    for (const mode of ["bilinear", "nearest", "bicubic"] as const) {
      for (const [padding, values] of Object.entries(expected)) {
        const options = { mode, padding: padding as keyof typeof expected };
        expect(valuesOf(ops.gridSample(page, ops.expandDims(grid, 0), options))).toEqual(values);
        if (mode === "bicubic") continue;
        expect(valuesOf(ops.gridSample(stacked, ops.expandDims(inStack, 0), options))).toEqual(values);
      }
    }
    const points = tensor(nowhere.map((x) => [0, x]));
    const read = (padding: "zero" | "border"): number[] =>
      valuesOf(ops.sampleBilinear(page, ops.expandDims(points, 0), { padding }));
    expect([read("zero"), read("border")]).toEqual([expected.zero, expected.border]);
  });

  test("on the last pixel, nothing beyond it is read, and far from it, nothing of it", () => {
    const last = tensor([[[1, 1, 1]]]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const holed = ops.where(ops.eq(stacked, 6), value, stacked);
      for (const padding of ["zero", "border", "reflection"] as const) {
        expect(valuesOf(ops.gridSample(holed, last, { alignCorners: true, padding }))).toEqual([value]);
        const beyond = ops.gridSample(holed, ops.mul(last, 3), { alignCorners: true, padding });
        expect(valuesOf(beyond)).toEqual([{ zero: 0, border: value, reflection: 1 }[padding]]);
      }
    }
  });

  test("of volumes is not cubic", () => {
    expect(() => ops.gridSample(stacked, input([1, 5, 3], "f32"), { mode: "bicubic" })).toThrow(
      'gridSample: mode "bicubic" is for images [N,H,W,C], got x f32 [1,2,1,3,1]; use "bilinear"',
    );
    expect(() => ops.gridSample(stacked, input([1, 5, 2], "f32"))).toThrow(
      "gridSample: expected grid [N,...places,3] with the batch of x, got grid f32 [1,5,2] for x f32 [1,2,1,3,1]",
    );
  });
});

describe("sampleBilinear", () => {
  const coordinate = fc.integer({ min: -30, max: 70 }).map((tenths) => tenths / 10);
  const places = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 6 });

  test("reads between pixels, with zeros or the edge outside", () => {
    fc.assert(
      fc.property(places, fc.constantFrom("zero" as const, "border" as const), (points, padding) => {
        const x = normal([2, 4, 5, 3]);
        const at = reader(x);
        const pixel = (n: number, r: number, s: number, c: number): number => {
          if (padding === "border") return at(n, Math.min(Math.max(r, 0), 3), Math.min(Math.max(s, 0), 4), c);
          return r >= 0 && r < 4 && s >= 0 && s < 5 ? at(n, r, s, c) : 0;
        };
        const given = tensor([points, points.toReversed()]);
        const y = ops.sampleBilinear(x, given, { padding });
        expect(y.shape).toEqual([2, points.length, 3]);
        const expected = computed(y.shape, (n, p, c) => {
          const [row, column] = n === 0 ? points[p!]! : points[points.length - 1 - p!]!;
          const [top, left] = [Math.floor(row), Math.floor(column)];
          const [v, u] = [row - top, column - left];
          const line = (r: number): number =>
            pixel(n!, r, left, c!) * (1 - u) + pixel(n!, r, left + 1, c!) * u;
          return line(top) * (1 - v) + line(top + 1) * v;
        });
        expectClose(valuesOf(y), expected, 1e-5);
      }),
      { numRuns: 60 },
    );
  });

  test("pixel centres give the pixels, in the shape of the points", () => {
    const x = normal([1, 2, 3, 2]);
    const grid = ops.reshape(
      ops.stack([ops.iota([2, 3], 0, "f32"), ops.iota([2, 3], 1, "f32")], -1),
      [1, 2, 3, 2],
    );
    const y = ops.sampleBilinear(x, grid);
    expect([y.shape, valuesOf(y)]).toEqual([[1, 2, 3, 2], valuesOf(x)]);
    const far = tensor([[[1e30, -1e30]]]);
    expect(valuesOf(ops.sampleBilinear(x, far))).toEqual([0, 0]);
    expect(valuesOf(ops.sampleBilinear(x, far, { padding: "border" }))).toEqual(valuesOf(x).slice(6, 8));
  });

  test("points belong to their images", () => {
    const x = input([2, 4, 4, 1], "f32");
    expect(() => ops.sampleBilinear(x, input([1, 5, 2], "f32"))).toThrow(
      "sampleBilinear: expected points [N,...places,2] with the batch of x, got points f32 [1,5,2] for x f32 [2,4,4,1]",
    );
    expect(() => ops.sampleBilinear(x, input([2, 5, 3], "f32"))).toThrow("expected points [N,...places,2]");
    expect(() => ops.sampleBilinear(x, input([2, 5, 2], "i32"))).toThrow(
      "sampleBilinear: points must be f32, got i32 [2,5,2]; cast first",
    );
    expect(() => ops.sampleBilinear(input([4, 4], "f32"), input([2, 5, 2], "f32"))).toThrow(
      "sampleBilinear: expected x of shape [N,H,W,C], got f32 [4,4]",
    );
  });
});
