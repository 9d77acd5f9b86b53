import { readFileSync } from "node:fs";
import { grad } from "@clidim/autograd";
import {
  chunk,
  concat,
  evaluate,
  key,
  mul,
  normal,
  readSafetensors,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { infoNce } from "../../src/contrastive/infoNce.js";
import { l2Normalize } from "../../src/contrastive/l2Normalize.js";
import { ntXent } from "../../src/contrastive/ntXent.js";
import { patchNce } from "../../src/contrastive/patchNce.js";
import { supCon } from "../../src/contrastive/supCon.js";

const queries = tensor([
  [1, 0, 0.5],
  [0, 1, -0.5],
  [0.5, 0.5, 1],
  [-1, 0.25, 0],
]);
const keys = tensor([
  [0.9, 0.1, 0.4],
  [0.2, 0.8, -0.6],
  [0.4, 0.7, 0.9],
  [-0.8, 0.1, 0.3],
]);
const value = (x: Tensor): number => interpret([x])[0]![0]!;
const embeddings = (seed: number, shape = [5, 4]): Tensor => mul(normal(key(seed), shape), 0.7);

/** The vectors of an embedding as plain numbers, with length 1 if wanted. */
function rowsOf(x: Tensor, l2norm: boolean): number[][] {
  const [n = 0, d = 0] = x.shape;
  const data = interpret([x])[0]!;
  return Array.from({ length: n }, (_, i) => {
    const row = [...data.slice(i * d, (i + 1) * d)];
    const length = l2norm ? Math.hypot(...row) : 1;
    return row.map((v) => v / length);
  });
}
const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const average = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

// The constants are f32, which moves a loss of 0.02 by 1e-8 at temperature 0.1.
describe("infoNce", () => {
  it.each([
    [false, 0.1, 0.0208707204],
    [true, 0.1, 0.0288325584],
    [true, 0.5, 0.438090375],
  ])("golden values: l2norm %s, temperature %d", (l2norm, temperature, expected) => {
    expect(value(infoNce(queries, keys, { l2norm, temperature }))).toBeCloseTo(expected, 7);
  });

  it("is ln N for keys that are all alike", () => {
    const alike = concat(Array(5).fill(embeddings(3, [1, 4])), 0);
    expect(value(infoNce(embeddings(1), alike))).toBeCloseTo(Math.log(5), 6);
  });

  it("does not depend on a common length when normalised, nor on the order of the samples", () => {
    const loss = value(infoNce(queries, keys));
    expect(value(infoNce(mul(queries, 7), mul(keys, 0.2)))).toBeCloseTo(loss, 6);
    const reversed = (x: Tensor) => tensor(rowsOf(x, false).toReversed());
    expect(value(infoNce(reversed(queries), reversed(keys)))).toBeCloseTo(loss, 9);
  });

  it("leaves excluded pairs out, and never the positive", () => {
    const [a, b] = [embeddings(1, [3, 4]), embeddings(2, [3, 4])];
    const exclude = tensor([1, 1, 0, 1, 1, 0, 0, 0, 1], { shape: [3, 3], dtype: "bool" });
    const [q, k] = [rowsOf(a, true), rowsOf(b, true)];
    const expected = average(
      q.map((row, i) => {
        const terms = k.flatMap((other, j) =>
          j === i || !(i < 2 && j < 2) ? [Math.exp(dot(row, other) / 0.1)] : [],
        );
        return Math.log(terms.reduce((sum, v) => sum + v, 0)) - dot(row, k[i]!) / 0.1;
      }),
    );
    expect(value(infoNce(a, b, { exclude }))).toBeCloseTo(expected, 6);
  });

  it("does not overflow", async () => {
    const far = mul(embeddings(1), 1000);
    expect(await infoNce(far, far, { l2norm: false }).item()).toBeGreaterThanOrEqual(0);
    expect(await infoNce(far, mul(far, -1), { l2norm: false }).item()).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it("says what does not fit", () => {
    expect(() => infoNce(queries, embeddings(1))).toThrow(
      /infoNce: .*one shape \[N,D\], got \[4,3\] and \[5,4\]/,
    );
    expect(() => infoNce(queries, keys, { exclude: queries })).toThrow(
      /exclude bool \[4,4\], got f32 \[4,3\]/,
    );
  });
});

describe("ntXent", () => {
  it.each([
    [true, 0.1, 0.0546301539],
    [true, 0.5, 0.7393843332],
    [false, 0.1, 0.0701243299],
  ])("golden values: l2norm %s, temperature %d", (l2norm, temperature, expected) => {
    expect(value(ntXent(queries, keys, { l2norm, temperature }))).toBeCloseTo(expected, 7);
  });

  it("is symmetric in its views", () => {
    expect(value(ntXent(keys, queries))).toBeCloseTo(value(ntXent(queries, keys)), 12);
  });

  it("is 0 for one sample, which has no negatives", () => {
    expect(value(ntXent(embeddings(1, [1, 4]), embeddings(2, [1, 4])))).toBeCloseTo(0, 12);
  });

  it("leaves excluded pairs out in all four blocks", () => {
    const [a, b] = [embeddings(1, [3, 4]), embeddings(2, [3, 4])];
    const exclude = tensor([1, 0, 1, 0, 1, 0, 1, 0, 1], { shape: [3, 3], dtype: "bool" });
    const z = [...rowsOf(a, true), ...rowsOf(b, true)];
    const expected = average(
      z.map((row, i) => {
        const terms = z.flatMap((other, j) => {
          const together = i % 3 !== j % 3 && i % 3 !== 1 && j % 3 !== 1;
          return j === i || together ? [] : [Math.exp(dot(row, other) / 0.1)];
        });
        return Math.log(terms.reduce((sum, v) => sum + v, 0)) - dot(row, z[(i + 3) % 6]!) / 0.1;
      }),
    );
    expect(value(ntXent(a, b, { exclude }))).toBeCloseTo(expected, 6);
  });
});

describe("supCon", () => {
  const z = concat([queries, keys], 0);
  const labels = tensor(new Int32Array([0, 0, 1, 1, 0, 0, 1, 1]));

  it("golden value", () => {
    const loss = supCon(z, labels, { temperature: 0.1, baseTemperature: 0.1 });
    expect(value(loss)).toBeCloseTo(7.2228454203, 6);
  });

  it("with every sample and its other view as a class of its own it is NT-Xent", () => {
    const own = tensor(new Int32Array([0, 1, 2, 3, 0, 1, 2, 3]));
    expect(value(supCon(z, own, { temperature: 0.1 }))).toBeCloseTo(value(ntXent(queries, keys)), 9);
  });

  it("labels and the mask they stand for are the same, and the base temperature is a factor", () => {
    const mask = tensor(
      Uint8Array.from({ length: 64 }, (_, i) => {
        const [row, column] = [Math.floor(i / 8), i % 8];
        return Number(Math.floor((row % 4) / 2) === Math.floor((column % 4) / 2));
      }),
      { shape: [8, 8], dtype: "bool" },
    );
    const loss = value(supCon(z, labels));
    expect(value(supCon(z, mask))).toBeCloseTo(loss, 12);
    expect(value(supCon(z, labels, { temperature: 0.07, baseTemperature: 0.14 }))).toBeCloseTo(loss / 2, 9);
  });

  it("a sample without positives adds nothing but counts", () => {
    const alone = tensor(new Int32Array([0, 0, 1]));
    const three = embeddings(4, [3, 4]);
    const rows = rowsOf(three, true);
    const s = (i: number, j: number) => dot(rows[i]!, rows[j]!) / 0.07;
    const anchor = (i: number, p: number) => Math.log(Math.exp(s(i, p)) + Math.exp(s(i, 2))) - s(i, p);
    expect(value(supCon(three, alone))).toBeCloseTo((anchor(0, 1) + anchor(1, 0)) / 3, 6);
  });

  it("says what does not fit", () => {
    expect(() => supCon(z, tensor([0, 1]))).toThrow(
      /labels i32 \[N\] or bool \[N,N\], got z \[8,3\] and f32 \[2\]/,
    );
  });
});

describe("patchNce", () => {
  it("is InfoNCE in each image", () => {
    const [q, k] = [embeddings(1, [2, 6, 4]), embeddings(2, [2, 6, 4])];
    const image = (x: Tensor, n: number): Tensor =>
      tensor(interpret([x])[0]!.slice(n * 24, (n + 1) * 24), { shape: [6, 4] });
    const each = [0, 1].map((n) => value(infoNce(image(q, n), image(k, n), { temperature: 0.07 })));
    expect(value(patchNce(q, k))).toBeCloseTo(average(each), 6);
  });

  it("takes the keys for constants", () => {
    const ofKeys = grad((x: Tensor) => patchNce(embeddings(1, [2, 5, 3]), x))(embeddings(2, [2, 5, 3]));
    expect(Math.max(...interpret([ofKeys])[0]!.map(Math.abs))).toBe(0);
  });
});

describe("l2Normalize", () => {
  it("gives length 1, and 0 for 0", () => {
    const [unit] = interpret([
      l2Normalize(
        tensor([
          [3, 4],
          [0, 0],
        ]),
      ),
    ]);
    expect([...unit!]).toEqual([0.6, 0.8, 0, 0].map((v) => expect.closeTo(v, 9)));
  });
});

describe("against PyTorch", () => {
  const path = new URL("../../../../test/fixtures/losses.safetensors", import.meta.url);
  const { tensors } = readSafetensors(readFileSync(path));
  const host = (name: string) => tensors[name]!;

  it.each([
    ["infonce_raw_tau2", (q: Tensor, k: Tensor) => infoNce(q, k, { temperature: 2, l2norm: false })],
    ["ntxent_l2_tau01", (q: Tensor, k: Tensor) => ntXent(q, k, { temperature: 0.1 })],
  ])("%s: value and gradient, interpreted and on the device", async (name, loss) => {
    const halves = chunk(tensor(host("z").data, host("z")), 2, 0) as [Tensor, Tensor];
    const gradient = concat(grad((q: Tensor, k: Tensor) => loss(q, k), { argument: [0, 1] })(...halves), 0);
    const outputs = [loss(...halves), gradient];
    const results = [interpret(outputs)];
    await evaluate(outputs);
    results.push((await Promise.all(outputs.map((x) => x.data()))).map((x) => Float64Array.from(x)));
    const size = Math.max(...host(`grad/${name}`).data.map(Math.abs));
    for (const [found, gradients] of results as [Float64Array, Float64Array][]) {
      expect(found[0]).toBeCloseTo(host(name).data[0]!, 4);
      gradients.forEach((g, i) => {
        expect(Math.abs(g - host(`grad/${name}`).data[i]!)).toBeLessThan(1e-4 * size);
      });
    }
  });
});
