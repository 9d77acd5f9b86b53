import { grad } from "@clidim/autograd";
import {
  cast,
  concat,
  flip,
  input,
  key,
  oneHot,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@clidim/tensor";
import { normal } from "@clidim/testing/fills";
import { at, expectClose, settled, valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyLayer, type Layer, layers } from "../src/index.js";

const evaluation = { train: false };
/** Output of a freshly initialised layer, with what it took to make it. The promised shape must be the real one. */
function run<P, S>(layer: Layer<P, S>, x: Tensor) {
  const variables = layer.init(key(7), x.shape);
  const { output } = layer.apply(variables, x, evaluation);
  expect(layer.outputShape(x.shape)).toEqual(output.shape);
  return { params: variables.params, output, values: valuesOf(output) };
}

const geometry = fc.record({
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
  dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  groups: fc.integer({ min: 1, max: 2 }),
  size: fc.tuple(fc.integer({ min: 5, max: 7 }), fc.integer({ min: 5, max: 7 })),
  seed: fc.nat(1000),
});

describe("linear", () => {
  it("is x @ weight + bias on the last axis, for any rank", () => {
    const x = normal([2, 3, 4], 1);
    const { params, output, values } = run(layers.linear({ out: 5 }), x);
    const [xs, weight, bias] = [x, params.weight, params.bias!].map(valuesOf) as [
      number[],
      number[],
      number[],
    ];
    expect(output.shape).toEqual([2, 3, 5]);
    expectClose(
      values,
      Array.from({ length: 30 }, (_, i) => {
        const [row, column] = [Math.floor(i / 5), i % 5];
        let total = bias[column]!;
        for (let k = 0; k < 4; k++) total += xs[row * 4 + k]! * weight[k * 5 + column]!;
        return total;
      }),
    );
    expect(run(layers.linear({ out: 5 }), normal([4], 1)).output.shape).toEqual([5]);
  });

  it("has no bias on request, and says what does not fit", () => {
    const layer = layers.linear({ out: 2, bias: false });
    const variables = layer.init(key(0), [1, 3]);
    expect(Object.keys(variables.params)).toEqual(["weight"]);
    expect(() => layer.apply(variables, normal([1, 4], 0), evaluation)).toThrow(
      "linear: x has 4 features, weight expects 3 (x [1,4], weight [3,2])",
    );
  });
});

describe("conv2d", () => {
  it("is PyTorch's sum over the kernel, with groups, channels last", () => {
    fc.assert(
      fc.property(geometry, ({ kernel, stride, padding, dilation, groups, size, seed }) => {
        const x = normal([1, ...size, 4], seed);
        const layer = layers.conv2d({ out: 6, kernel, stride, padding, dilation, groups });
        const { params, output, values } = run(layer, x);
        const [xAt, weightAt] = [x, params.weight].map((t) => at(valuesOf(t), t.shape));
        const bias = valuesOf(params.bias!);
        const [, height, width] = output.shape as [number, number, number, number];
        const expected: number[] = [];
        for (let y = 0; y < height; y++)
          for (let z = 0; z < width; z++)
            for (let o = 0; o < 6; o++) {
              const group = Math.floor((o * groups) / 6);
              let total = bias[o]!;
              for (let a = 0; a < kernel[0]; a++)
                for (let b = 0; b < kernel[1]; b++)
                  for (let i = 0; i < 4 / groups; i++) {
                    const row = y * stride[0] - padding[0] + a * dilation[0];
                    const column = z * stride[1] - padding[1] + b * dilation[1];
                    if (row < 0 || row >= size[0] || column < 0 || column >= size[1]) continue;
                    total += weightAt!(a, b, i, o) * xAt!(0, row, column, (group * 4) / groups + i);
                  }
              expected.push(total);
            }
        expectClose(values, expected);
      }),
      { numRuns: 20 },
    );
  });

  it("pads by reflection or with the edge", () => {
    const x = tensor([1, 2, 3], { shape: [1, 1, 3, 1] });
    const sum = (paddingMode: "reflect" | "edge" | "zero"): number[] =>
      run(
        layers.conv2d({
          out: 1,
          kernel: [1, 3],
          padding: [0, 1],
          paddingMode,
          bias: false,
          weightInit: () => tensor([100, 10, 1], { shape: [1, 3, 1, 1] }),
        }),
        x,
      ).values;
    expect(sum("reflect")).toEqual([212, 123, 232]);
    expect(sum("edge")).toEqual([112, 123, 233]);
    expect(sum("zero")).toEqual([12, 123, 230]);
  });

  it("says what does not fit", () => {
    const layer = layers.conv2d({ out: 4, kernel: 3, groups: 2 });
    expect(() => layer.init(key(0), [1, 8, 8, 3])).toThrow(
      "conv2d: 3 input and 4 output channels do not divide into 2 groups (x [1,8,8,3])",
    );
    expect(() => layer.init(key(0), [8, 8, 4])).toThrow("conv2d: expected x of shape [N,H,W,C], got [8,8,4]");
  });
});

describe("convTranspose2d", () => {
  it("spreads every input over the kernel as PyTorch does, with groups, channels last", () => {
    fc.assert(
      fc.property(geometry, ({ kernel, stride, padding: wanted, dilation, groups, size, seed }) => {
        const outputPadding = stride.map((s) => s - 1) as [number, number];
        // The padding must not exceed the kernel's reach.
        const padding = wanted.map((p, i) => Math.min(p, dilation[i]! * (kernel[i]! - 1))) as [
          number,
          number,
        ];
        const x = normal([1, ...size, 4], seed);
        const layer = layers.convTranspose2d({
          out: 6,
          kernel,
          stride,
          padding,
          dilation,
          groups,
          outputPadding,
        });
        const { params, output, values } = run(layer, x);
        const extent = (i: 0 | 1): number =>
          (size[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + outputPadding[i] + 1;
        expect(output.shape).toEqual([1, extent(0), extent(1), 6]);
        const [xAt, weightAt] = [x, params.weight].map((t) => at(valuesOf(t), t.shape));
        const bias = valuesOf(params.bias!);
        const expected = Array.from({ length: values.length }, (_, i) => bias[i % 6]!);
        for (let y = 0; y < size[0]; y++)
          for (let z = 0; z < size[1]; z++)
            for (let i = 0; i < 4; i++)
              for (let a = 0; a < kernel[0]; a++)
                for (let b = 0; b < kernel[1]; b++)
                  for (let o = 0; o < 6 / groups; o++) {
                    const row = y * stride[0] - padding[0] + a * dilation[0];
                    const column = z * stride[1] - padding[1] + b * dilation[1];
                    if (row < 0 || row >= extent(0) || column < 0 || column >= extent(1)) continue;
                    const channel = (Math.floor((i * groups) / 4) * 6) / groups + o;
                    expected[(row * extent(1) + column) * 6 + channel]! +=
                      weightAt!(a, b, o, i) * xAt!(0, y, z, i);
                  }
        expectClose(values, expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe("depthwiseConv2d", () => {
  it("convolves each channel by itself", () => {
    const x = normal([1, 4, 4, 3], 3);
    const layer = layers.depthwiseConv2d({ kernel: 3, multiplier: 2 });
    const variables = layer.init(key(7), x.shape);
    const before = valuesOf(layer.apply(variables, x, evaluation).output);
    expect(variables.params.weight.shape).toEqual([3, 3, 1, 6]);
    const changed = settled(x);
    const values = valuesOf(changed).map((value, i) => (i % 3 === 1 ? value + 1 : value));
    const after = valuesOf(layer.apply(variables, tensor(values, { shape: x.shape }), evaluation).output);
    after.forEach((value, i) => {
      const channel = Math.floor((i % 6) / 2);
      if (channel === 1) expect(value).not.toBe(before[i]);
      else expect(value).toBe(before[i]);
    });
    expect(layer.outputShape(x.shape)).toEqual([1, 2, 2, 6]);
  });
});

describe("pooling", () => {
  const pooled = (
    layer: AnyLayer,
    x: Tensor,
    kernel: readonly [number, number],
    stride: readonly [number, number],
    padding: readonly [number, number],
    reduce: (window: readonly (number | undefined)[]) => number,
  ): void => {
    const { output, values } = run(layer, x);
    const [n, height, width, channels] = x.shape as [number, number, number, number];
    const xAt = at(valuesOf(x), x.shape);
    const expected: number[] = [];
    for (let image = 0; image < n; image++)
      for (let y = 0; y < output.shape[1]!; y++)
        for (let z = 0; z < output.shape[2]!; z++)
          for (let c = 0; c < channels; c++) {
            const window: (number | undefined)[] = [];
            for (let a = 0; a < kernel[0]; a++)
              for (let b = 0; b < kernel[1]; b++) {
                const [row, column] = [y * stride[0] - padding[0] + a, z * stride[1] - padding[1] + b];
                const inside = row >= 0 && row < height && column >= 0 && column < width;
                window.push(inside ? xAt(image, row, column, c) : undefined);
              }
            expected.push(reduce(window));
          }
    expect(output.shape.slice(1, 3)).toEqual(
      [0, 1].map((i) => Math.floor((x.shape[i + 1]! + 2 * padding[i]! - kernel[i]!) / stride[i]!) + 1),
    );
    expectClose(values, expected);
  };
  const cases = fc.record({
    kernel: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 2, max: 3 })),
    overlap: fc.boolean(),
    padding: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
    size: fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 4, max: 7 })),
    seed: fc.nat(1000),
  });

  it("takes the maximum and the mean of each window", () => {
    fc.assert(
      fc.property(cases, ({ kernel, overlap, padding, size, seed }) => {
        const stride: [number, number] = overlap ? [1, 2] : kernel;
        const x = normal([2, ...size, 2], seed);
        const options = { kernel, padding, ...(overlap && { stride }) };
        pooled(layers.maxPool2d(options), x, kernel, stride, padding, (window) =>
          Math.max(...window.filter((value) => value !== undefined)),
        );
        pooled(
          layers.avgPool2d(options),
          x,
          kernel,
          stride,
          padding,
          (window) => window.reduce<number>((total, value) => total + (value ?? 0), 0) / window.length,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("averages whole images, and refuses windows that do not fit", () => {
    expect(
      run(layers.globalAvgPool2d(), tensor([1, 10, 2, 20, 3, 30, 6, 60], { shape: [1, 2, 2, 2] })).values,
    ).toEqual([3, 30]);
    expect(() => layers.maxPool2d({ kernel: 4 }).outputShape([1, 3, 8, 1])).toThrow(
      "maxPool2d: kernel [4,4] exceeds the image (x [1,3,8,1])",
    );
    expect(() => layers.avgPool2d({ kernel: 2, padding: 2 }).outputShape([1, 8, 8, 1])).toThrow(
      "exceeds half the kernel",
    );
  });
});

describe("upsample2d", () => {
  it("repeats the nearest pixel", () => {
    const { values, output } = run(
      layers.upsample2d({ scale: [1, 3] }),
      tensor([1, 2], { shape: [1, 1, 2, 1] }),
    );
    expect(output.shape).toEqual([1, 1, 6, 1]);
    expect(values).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it("interpolates linearly with align_corners false", () => {
    for (const scale of [2, 3, 4]) {
      const x = normal([1, 3, 4, 2], scale);
      const { values } = run(layers.upsample2d({ scale, mode: "bilinear" }), x);
      const xAt = at(valuesOf(x), x.shape);
      // PyTorch: source = max(0, (i + 0.5) / scale - 0.5), neighbours clamped at the far edge.
      const taps = (i: number, extent: number): [number, number, number] => {
        const source = Math.max(0, (i + 0.5) / scale - 0.5);
        const low = Math.floor(source);
        return [low, Math.min(low + 1, extent - 1), source - low];
      };
      const expected: number[] = [];
      for (let y = 0; y < 3 * scale; y++)
        for (let z = 0; z < 4 * scale; z++)
          for (let c = 0; c < 2; c++) {
            const [top, bottom, v] = taps(y, 3);
            const [left, right, h] = taps(z, 4);
            const row = (i: number): number => xAt(0, i, left, c) * (1 - h) + xAt(0, i, right, c) * h;
            expected.push(row(top) * (1 - v) + row(bottom) * v);
          }
      expectClose(values, expected);
    }
  });
});

describe("multiHeadAttention", () => {
  it("attends per head, only backwards when causal", () => {
    const [time, features, heads] = [3, 4, 2];
    for (const causal of [false, true]) {
      const x = normal([2, time, features], 5);
      const { params, values } = run(layers.multiHeadAttention({ heads, causal }), x);
      const { inProjection, outProjection } = params;
      expect(inProjection.weight.shape).toEqual([features, 3 * features]);
      const weight = at(valuesOf(inProjection.weight), inProjection.weight.shape);
      const out = at(valuesOf(outProjection.weight), outProjection.weight.shape);
      const xAt = at(valuesOf(x), x.shape);
      const project = (n: number, t: number, column: number): number => {
        let total = 0;
        for (let i = 0; i < features; i++) total += xAt(n, t, i) * weight(i, column);
        return total;
      };
      const expected: number[] = [];
      for (let n = 0; n < 2; n++)
        for (let t = 0; t < time; t++) {
          const merged: number[] = [];
          for (let head = 0; head < heads; head++) {
            const columns = [head * 2, head * 2 + 1];
            const scores = Array.from({ length: causal ? t + 1 : time }, (_, s) =>
              Math.exp(
                columns.reduce((sum, c) => sum + project(n, t, c) * project(n, s, features + c), 0) /
                  Math.sqrt(2),
              ),
            );
            const total = scores.reduce((a, b) => a + b);
            for (const c of columns) {
              merged.push(
                scores.reduce((sum, score, s) => sum + (score / total) * project(n, s, 2 * features + c), 0),
              );
            }
          }
          for (let c = 0; c < features; c++)
            expected.push(merged.reduce((sum, m, i) => sum + m * out(i, c), 0));
        }
      expectClose(values, expected);
    }
  });

  it("attends to another sequence with its own weights for keys and values", () => {
    const layer = layers.multiHeadAttention({ heads: 2 });
    const [query, other] = [normal([2, 3, 4], 1), normal([2, 5, 4], 2)];
    const variables = layer.init(key(3), query.shape);
    const { output } = layer.attend(variables, { query, key: other }, evaluation);
    expect(output.shape).toEqual([2, 3, 4]);
    // Queries and keys in one sequence, where a mask keeps each query from all but the keys.
    const together = concat([query, other], 1);
    const mask = tensor(
      Array.from({ length: 8 }, (_, row) =>
        Array.from({ length: 8 }, (__, column) => Number(column >= 3 || row >= 3)),
      ),
      { dtype: "bool" },
    );
    const whole = layer.attend(variables, { query: together, mask }, evaluation).output;
    expectClose(valuesOf(output), valuesOf(slice(whole, [0, 0, 0], [2, 3, 4])));
    const same = layer.attend(variables, { query, key: query, value: query }, evaluation).output;
    expectClose(valuesOf(same), valuesOf(layer.apply(variables, query, evaluation).output));
    const swapped = layer.attend(variables, { query, key: other, value: flip(other, 1) }, evaluation).output;
    expect(Math.abs(valuesOf(swapped)[0]! - valuesOf(output)[0]!)).toBeGreaterThan(1e-3);
  });

  it("takes masks of bools, per sample, and of numbers that are added to the scores", () => {
    const layer = layers.multiHeadAttention({ heads: 2 });
    const x = normal([2, 3, 4], 4);
    const variables = layer.init(key(5), x.shape);
    const attend = (mask: Tensor, query = x): number[] =>
      valuesOf(layer.attend(variables, { query, mask }, evaluation).output);
    const lengths = tensor([true, true, false, true, true, true].map(Number), {
      shape: [2, 1, 1, 3],
      dtype: "bool",
    });
    const added = tensor([0, 0, -1e9, 0, 0, 0], { shape: [2, 1, 1, 3] });
    expectClose(attend(lengths), attend(added));
    const short = valuesOf(layer.apply(variables, slice(x, [0, 0, 0], [1, 2, 4]), evaluation).output);
    expectClose(attend(lengths).slice(0, 8), short);
    const causal = tensor([
      [0, -1e9, -1e9],
      [0, 0, -1e9],
      [0, 0, 0],
    ]);
    expectClose(
      attend(causal),
      valuesOf(layers.multiHeadAttention({ heads: 2, causal: true }).apply(variables, x, evaluation).output),
    );
  });

  it("says what does not fit", () => {
    expect(() => layers.multiHeadAttention({ heads: 3 }).init(key(0), [1, 5, 4])).toThrow(
      "multiHeadAttention: expected x of shape [N,T,C] with C a multiple of 3 heads, got [1,5,4]",
    );
  });
});

describe("embedding", () => {
  it("looks rows up and adds their length to the shape", () => {
    const layer = layers.embedding({ count: 4, size: 2 });
    const { params } = layer.init(key(1), [2, 2]);
    const indices = tensor([3, 0, 1, 3], { shape: [2, 2], dtype: "i32" });
    const { output } = layer.apply({ params, stats: {} }, indices, evaluation);
    const table = valuesOf(params.table);
    expect(valuesOf(output)).toEqual([3, 0, 1, 3].flatMap((row) => table.slice(row * 2, row * 2 + 2)));
    expect(layer.outputShape([2, 2])).toEqual(output.shape);
    expect(() => layer.apply({ params, stats: {} }, cast(indices, "f32"), evaluation)).toThrow(
      "embedding: expected integer indices",
    );
  });
});

describe("a row of padding", () => {
  it("is that of indices beyond the table, too, which are clamped to it", () => {
    const indices = tensor([-1, 1], { shape: [1, 2], dtype: "i32" });
    const table = tensor([0, 0, 2, 4], { shape: [2, 2] });
    const layer = layers.embedding({ count: 2, size: 2, paddingIndex: 0 });
    const trained = grad((table: Tensor) =>
      sum(layer.apply({ params: { table }, stats: {} }, indices, evaluation).output),
    )(table);
    expect(valuesOf(trained)).toEqual([0, 0, 1, 1]);
    const bag = layers.embeddingBag({ count: 2, size: 2, paddingIndex: 0 });
    expect(valuesOf(bag.apply({ params: { table }, stats: {} }, indices, evaluation).output)).toEqual([2, 4]);
  });
});

describe("bags of nothing", () => {
  it("are zeros in every mode, with a gradient of zeros", () => {
    const table = tensor([1, 2, 3, 4], { shape: [2, 2] });
    const bags = [
      { indices: zeros([3, 0], "i32") },
      { indices: zeros([0], "i32"), offsets: zeros([3], "i32") },
    ];
    for (const mode of ["mean", "sum", "max"] as const) {
      const layer = layers.embeddingBag({ count: 2, size: 2, mode });
      for (const of of bags) {
        const reduced = (table: Tensor): Tensor => layer.reduce({ params: { table }, stats: {} }, of).output;
        const output = reduced(table);
        expect([output.shape, valuesOf(output)]).toEqual([
          [3, 2],
          [0, 0, 0, 0, 0, 0],
        ]);
        expect(valuesOf(grad((table: Tensor) => sum(reduced(table)))(table))).toEqual([0, 0, 0, 0]);
      }
    }
  });
});

describe("activations and shapes", () => {
  it("are the functions they are named after", () => {
    const xs = [-2, -0.5, 0.25, 3];
    const x = tensor(xs, { shape: [1, 4] });
    const logistic = (v: number): number => 1 / (1 + Math.exp(-v));
    const total = xs.reduce((sum, v) => sum + Math.exp(v), 0);
    const expected: readonly (readonly [AnyLayer, (v: number) => number])[] = [
      [layers.relu(), (v) => Math.max(v, 0)],
      [layers.leakyRelu(0.2), (v) => (v > 0 ? v : 0.2 * v)],
      [layers.leakyRelu(), (v) => (v > 0 ? v : 0.01 * v)],
      [layers.sigmoid(), logistic],
      [layers.tanh(), Math.tanh],
      [layers.softplus(), (v) => Math.log1p(Math.exp(v))],
      [layers.silu(), (v) => v * logistic(v)],
      [layers.elu(), (v) => (v > 0 ? v : Math.expm1(v))],
      [layers.elu(0.5), (v) => (v > 0 ? v : 0.5 * Math.expm1(v))],
      [layers.selu(), (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))],
      [layers.mish(), (v) => v * Math.tanh(Math.log1p(Math.exp(v)))],
      [layers.relu6(), (v) => Math.min(Math.max(v, 0), 6)],
      [layers.hardSigmoid(), (v) => Math.min(Math.max(v / 6 + 0.5, 0), 1)],
      [layers.hardSwish(), (v) => v * Math.min(Math.max(v / 6 + 0.5, 0), 1)],
      [layers.logSigmoid(), (v) => -Math.log1p(Math.exp(-v))],
      [
        layers.gelu({ approximate: "tanh" }),
        (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
      ],
      [layers.softmax(), (v) => Math.exp(v) / total],
      [layers.logSoftmax(), (v) => v - Math.log(total)],
      [layers.identity(), (v) => v],
    ];
    for (const [layer, f] of expected) expectClose(run(layer, x).values, xs.map(f));
    // x Phi(x) at 3 and -2, from tables of the normal distribution.
    const values = run(layers.gelu(), x).values;
    expect(values[3]).toBeCloseTo(3 * 0.9986501, 6);
    expect(values[0]).toBeCloseTo(-2 * 0.0227501, 6);
    const [first, second] = [0.5, -1];
    expectClose(run(layers.glu(), tensor([[first, second]])).values, [first * logistic(second)]);
  });

  it("flatten joins axes; lambda makes a layer of a function", () => {
    const x = normal([2, 3, 4, 5], 0);
    expect(run(layers.flatten(), x).output.shape).toEqual([2, 60]);
    expect(run(layers.flatten(2), x).output.shape).toEqual([2, 3, 20]);
    expect(run(layers.flatten(), x).values).toEqual(valuesOf(x));
    expect(() => layers.flatten(3).outputShape([2])).toThrow("flatten: expected at least 3 axes, got x [2]");
    const twice = layers.lambda("twice", (v) => concat([v, v], -1));
    expect(twice.outputShape([2, 3])).toEqual([2, 6]);
    const classes = layers.sequential(
      layers.lambda("oneHot", (v) => oneHot(v, 4)),
      layers.linear({ out: 2 }),
    );
    expect(classes.init(key(0), [5]).params[1].weight.shape).toEqual([4, 2]);
    expect(classes.outputShape([5])).toEqual([5, 2]);
    expect(twice.apply(twice.init(key(0), [2, 3]), input([2, 3], "f32"), evaluation).output.shape).toEqual([
      2, 6,
    ]);
  });
});
