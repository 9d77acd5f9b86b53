import { grad } from "@clidim/autograd";
import {
  cast,
  compile,
  concat,
  input,
  key,
  ones,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@clidim/tensor";
import { normal } from "@clidim/testing/fills";
import { at, expectClose, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { layers, rotaryEmbedding, scaledDotProductAttention } from "../src/index.js";

const evaluation = { train: false };
/** Elements `from` up to `to` of sequences [N, T, C]. */
const span = (x: Tensor, from: number, to: number): Tensor =>
  slice(x, [0, from, 0], [x.shape[0]!, to, x.shape[2]!]);

describe("a position that may attend to nothing", () => {
  it("gets 0, and neither what comes later nor its gradient", () => {
    const mask = tensor([[false, true, true]]);
    const attend = (value: Tensor): Tensor =>
      scaledDotProductAttention(zeros([3, 2]), zeros([3, 2]), value, { causal: true, mask });
    const value = tensor([[1], [2], [30]]);
    expectClose(valuesOf(attend(value)), [0, 2, 16], 1e-6);
    const ofFirst = grad((x: Tensor) => sum(slice(attend(x), [0, 0], [1, 1])))(value);
    expect(valuesOf(ofFirst)).toEqual([0, 0, 0]);
  });

  it("gets 0 by masks of numbers too, whether causal or not, as do all gradients", () => {
    for (const lowest of [Number.NEGATIVE_INFINITY, -3.4028234663852886e38]) {
      const q = normal([3, 2], 1);
      const value = tensor([[1], [2], [30]]);
      for (const [causal, rows] of [
        [true, [[lowest, 0, 0]]],
        [
          false,
          [
            [lowest, lowest, lowest],
            [lowest, 0, 0],
            [0, 0, 0],
          ],
        ],
      ] as const) {
        const mask = tensor(rows);
        const attend = (q: Tensor, k: Tensor, value: Tensor, bias: Tensor): Tensor =>
          scaledDotProductAttention(q, k, value, { causal, mask: bias });
        const bools = tensor(rows.map((row) => row.map((x) => x === 0)));
        expect(valuesOf(attend(q, q, value, mask))[0]).toBe(0);
        expectClose(
          valuesOf(attend(q, q, value, mask)),
          valuesOf(scaledDotProductAttention(q, q, value, { causal, mask: bools })),
          1e-6,
        );
        const first = (...operands: [Tensor, Tensor, Tensor, Tensor]): Tensor =>
          sum(slice(attend(...operands), [0, 0], [1, 1]));
        for (const gradient of grad(first, { argument: [0, 1, 2, 3] })(q, q, value, mask)) {
          expect(valuesOf(gradient).every((x) => x === 0)).toBe(true);
        }
        const all = grad((...operands: [Tensor, Tensor, Tensor, Tensor]) => sum(attend(...operands)), {
          argument: [0, 1, 2, 3],
        })(q, q, value, mask);
        expect(all.flatMap((gradient) => [...valuesOf(gradient)]).every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("gets 0 in f16 by the lowest number, and keeps what is not a number visible", () => {
    const q = cast(ones([2, 2]), "f16");
    const value = cast(tensor([[1], [3]]), "f16");
    const attend = (mask: Tensor): readonly number[] =>
      valuesOf(scaledDotProductAttention(q, q, value, { causal: true, mask: cast(mask, "f16") }));
    expect(attend(tensor([[-65504, 0]]))).toEqual([0, 3]);
    expect(attend(tensor([[Number.NaN, 0]])).every(Number.isNaN)).toBe(true);
  });
});

describe("decoding step by step with a cache", () => {
  it("gives what the whole sequence gives, in steps of any size", () => {
    for (const options of [
      {},
      { rotary: {} },
      { rotary: { interleaved: true, base: 100 } },
      { bias: false },
    ]) {
      const layer = layers.multiHeadAttention({ heads: 2, causal: true, ...options });
      const x = normal([2, 6, 8], 3);
      const variables = settled(layer.init(key(1), x.shape));
      const whole = valuesOf(layer.apply(variables, x, evaluation).output);
      for (const sizes of [[1, 1, 1, 1, 1, 1], [3, 1, 2], [6]]) {
        let cache = layer.initCache([2, 7, 8]);
        let from = 0;
        const outputs = sizes.map((size) => {
          const next = layer.attendNext(variables, span(x, from, from + size), cache, evaluation);
          from += size;
          cache = settled(next.cache);
          return next.output;
        });
        expectClose(valuesOf(concat(outputs, 1)), whole, 1e-6);
        expect(valuesOf(cache.length)).toEqual([6]);
      }
    }
  });

  it("runs as one compiled program on the device, and says by NaN that the memory is full", async () => {
    const layer = layers.multiHeadAttention({ heads: 1, causal: true, rotary: {} });
    const x = normal([1, 3, 4], 5);
    const variables = layer.init(key(2), x.shape);
    // The program takes the memory of the cache over, of which no part may be another.
    const step = compile(
      (element: Tensor, cache: ReturnType<typeof layer.initCache>) => {
        const { output, cache: after } = layer.attendNext(variables, element, cache, evaluation);
        return { output, cache: after };
      },
      { donate: [1] },
    );
    const whole = valuesOf(layer.apply(variables, x, evaluation).output);
    let cache = layer.initCache([1, 2, 4]);
    const outputs: number[][] = [];
    for (let t = 0; t < 3; t++) {
      const next = await step(span(x, t, t + 1), cache);
      cache = next.cache;
      outputs.push([...(await next.output.data())]);
    }
    expectClose(outputs.slice(0, 2).flat(), whole.slice(0, 8), 1e-5);
    expect(outputs[2]!.every(Number.isNaN)).toBe(true);
  });

  it("says what does not fit", () => {
    const layer = layers.multiHeadAttention({ heads: 2, causal: true });
    const variables = layer.init(key(0), [1, 3, 4]);
    const x = normal([1, 1, 4], 1);
    expect(() => layer.attendNext(variables, x, layer.initCache([2, 8, 4]), evaluation)).toThrow(
      "multiHeadAttention: expected a cache with keys and values [1,2,capacity,2], got f32 [2,2,8,2] and f32 [2,2,8,2]; start with initCache([1,capacity,4])",
    );
    const open = layers.multiHeadAttention({ heads: 2 });
    expect(() => open.attendNext(variables, x, open.initCache([1, 8, 4]), evaluation)).toThrow(
      "multiHeadAttention: attendNext knows nothing of what comes later; make the layer with { causal: true }",
    );
    expect(() => layers.multiHeadAttention({ heads: 4, rotary: {} }).init(key(0), [1, 3, 4])).toThrow(
      "multiHeadAttention: rotary turns pairs, so C / heads must be even, got x [1,3,4] and 4 heads",
    );
    // From untyped code.
    const rotary = { theta: 1e4 } as object;
    expect(() => layers.multiHeadAttention({ heads: 4, rotary })).toThrow(
      'multiHeadAttention.rotary: there is no option "theta"',
    );
  });
});

describe("rotaryEmbedding", () => {
  it("turns pairs by angles that grow with the position", () => {
    const x = normal([2, 3, 4], 1);
    const xAt = at(valuesOf(x), x.shape);
    for (const interleaved of [false, true]) {
      const expected = new Array<number>(24);
      for (let n = 0; n < 2; n++)
        for (let t = 0; t < 3; t++)
          for (let i = 0; i < 2; i++) {
            const [a, b] = interleaved ? [2 * i, 2 * i + 1] : [i, i + 2];
            const angle = (t + 5) * 100 ** (-i / 2);
            const [p, q] = [xAt(n, t, a), xAt(n, t, b)];
            expected[(n * 3 + t) * 4 + a] = p * Math.cos(angle) - q * Math.sin(angle);
            expected[(n * 3 + t) * 4 + b] = q * Math.cos(angle) + p * Math.sin(angle);
          }
      expectClose(valuesOf(rotaryEmbedding(x, { base: 100, start: 5, interleaved })), expected, 1e-6);
    }
  });

  it("says what does not fit", () => {
    expect(() => rotaryEmbedding(input([3, 5], "f32"))).toThrow(
      "rotaryEmbedding: expected x of shape [...,T,D] with D even, got [3,5]",
    );
  });
});

describe("sinusoidalEncoding", () => {
  it("adds sines and cosines of geometric wavelengths", () => {
    const x = tensor(new Float32Array(30), { shape: [2, 3, 5] });
    const layer = layers.sinusoidalEncoding({ base: 50 });
    const row = (t: number): number[] =>
      [0, 1, 2, 3, 4].map((c) => {
        const angle = t / 50 ** ((2 * Math.floor(c / 2)) / 5);
        return c % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      });
    const values = valuesOf(layer.apply({ params: {}, stats: {} }, x, evaluation).output);
    expectClose(values, [0, 1, 2, 0, 1, 2].flatMap(row), 1e-6);
    expect(() => layers.sequential(layer).init(key(0), [4])).toThrow(
      "0.sinusoidalEncoding: expected x of shape [...,T,C], got [4]",
    );
  });
});
