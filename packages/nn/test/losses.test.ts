import { grad, hessianVectorProduct } from "@clidim/autograd";
import { cast, compile, evaluate, exp, logSoftmax, sum, type Tensor, tensor, zeros } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { expectClose, itemOf, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import {
  binaryCrossEntropyWithLogits,
  cosineEmbedding,
  cosineSimilarity,
  crossEntropy,
  ctc,
  focal,
  gaussianNll,
  hingeEmbedding,
  huber,
  klDivergence,
  l1,
  marginRanking,
  mse,
  multiMargin,
  nll,
  pairwiseDistance,
} from "../src/index.js";

const output = tensor([
  [1, -2, 0.5],
  [3, 0, -1],
]);
const target = tensor([
  [0, -2, 1],
  [1, 1, 2],
]);

describe("distances", () => {
  it("are those of PyTorch, with each reduction", () => {
    const differences = [1, 0, -0.5, 2, -1, -3];
    const cases = [
      [mse, (d: number) => d * d],
      [l1, Math.abs],
      [huber, (d: number) => (Math.abs(d) < 1 ? (d * d) / 2 : Math.abs(d) - 0.5)],
    ] as const;
    for (const [loss, f] of cases) {
      const each = differences.map(f);
      const total = each.reduce((a, b) => a + b);
      expectClose(valuesOf(loss(output, target, { reduction: "none" })), each);
      expect(itemOf(loss(output, target, { reduction: "sum" }))).toBeCloseTo(total, 12);
      expect(itemOf(loss(output, target))).toBeCloseTo(total / 6, 12);
    }
    const wide = valuesOf(huber(output, target, { delta: 2, reduction: "none" }));
    expectClose(wide, [0.5, 0, 0.125, 2, 0.5, 4]);
  });

  it("take a number as target, and no broadcasting", () => {
    expect(itemOf(l1(output, 1))).toBeCloseTo((0 + 3 + 0.5 + 2 + 1 + 2) / 6, 12);
    expect(() => mse(output, tensor([1, 2, 3]))).toThrow(
      "mse: output [2,3] and target [3] differ in shape; reshape or broadcast one of them first",
    );
  });
});

describe("crossEntropy", () => {
  const logSoftmax = valuesOf(output).map((v, i, all) => {
    const row = all.slice(Math.floor(i / 3) * 3, Math.floor(i / 3) * 3 + 3);
    return v - Math.log(row.reduce((sum, u) => sum + Math.exp(u), 0));
  });

  it("is minus the log-probability of the class", () => {
    const classes = tensor([2, 0], { dtype: "i32" });
    const each = [-logSoftmax[2]!, -logSoftmax[3]!];
    expectClose(valuesOf(crossEntropy(output, classes, { reduction: "none" })), each);
    expect(itemOf(crossEntropy(output, classes))).toBeCloseTo((each[0]! + each[1]!) / 2, 12);
    const smooth = [0, 1].map((row) => {
      const even = -(logSoftmax[row * 3]! + logSoftmax[row * 3 + 1]! + logSoftmax[row * 3 + 2]!) / 3;
      return 0.9 * each[row]! + 0.1 * even;
    });
    expectClose(valuesOf(crossEntropy(output, classes, { labelSmoothing: 0.1, reduction: "none" })), smooth);
  });

  it("takes probabilities, and says what shape it expects", () => {
    const probabilities = [0.2, 0.3, 0.5, 1, 0, 0];
    const expected = [0, 1].map((row) =>
      [0, 1, 2].reduce((sum, c) => sum - probabilities[row * 3 + c]! * logSoftmax[row * 3 + c]!, 0),
    );
    const given = tensor(probabilities, { shape: [2, 3] });
    expectClose(valuesOf(crossEntropy(output, given, { reduction: "none" })), expected, 1e-7);
    expect(() => crossEntropy(output, tensor([1, 2, 3], { dtype: "i32" }))).toThrow(
      "crossEntropy: for logits [2,3], expected class indices of shape [2], got [3]",
    );
    expect(() => crossEntropy(output, tensor([[1, 2]]))).toThrow(
      "expected probabilities of shape [2,3], got [1,2]",
    );
  });
});

describe("crossEntropy with class indices", () => {
  const [rows, classes] = [4, 3];
  const logits = [1, -2, 0.5, 3, 0, -1, 0.25, 0.5, -0.75, 2, 1, -3];
  const weights = [0.5, 2, 1.25];
  /** PyTorch's cross_entropy, sample by sample. */
  const expected = (
    labels: readonly number[],
    { ignored, smoothing, weighted }: { ignored: number; smoothing: number; weighted: boolean },
  ): { each: number[]; mean: number } => {
    const weight = (c: number): number => (weighted ? weights[c]! : 1);
    let share = 0;
    const each = labels.map((label, row) => {
      if (label === ignored) return 0;
      const z = logits.slice(row * classes, (row + 1) * classes);
      const total = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
      const even = z.reduce((sum, value, c) => sum + (weight(c) * (total - value)) / classes, 0);
      share += weight(label);
      return (1 - smoothing) * weight(label) * (total - z[label]!) + smoothing * even;
    });
    return { each, mean: each.reduce((a, b) => a + b) / share };
  };
  const x = tensor(logits, { shape: [rows, classes] });

  it("leaves ignored samples out of the mean, weights classes and smooths labels, as PyTorch does", () => {
    for (const weighted of [false, true])
      for (const smoothing of [0, 0.25])
        for (const ignored of [-100, 1]) {
          const labels = [2, ignored, 0, 1];
          const weight = weighted ? { weight: tensor(weights) } : {};
          const options = { ...weight, labelSmoothing: smoothing, ignoreIndex: ignored };
          const { each, mean } = expected(labels, { ignored, smoothing, weighted });
          const target = tensor(labels, { dtype: "i32" });
          expectClose(valuesOf(crossEntropy(x, target, { ...options, reduction: "none" })), each, 1e-7);
          expect(itemOf(crossEntropy(x, target, options))).toBeCloseTo(mean, 7);
        }
    const unsigned = tensor([2, 1, 0, 1], { dtype: "u32" });
    const { mean } = expected([2, 1, 0, 1], { ignored: -100, smoothing: 0, weighted: false });
    expect(itemOf(crossEntropy(x, unsigned))).toBeCloseTo(mean, 9);
  });

  it("is NaN for an index that is no class, on the device too", async () => {
    const target = tensor([2, 3, -100, -1], { dtype: "i32" });
    const own = tensor(logits, { shape: [rows, classes] });
    const each = crossEntropy(own, target, { reduction: "none" });
    expect(Array.from(await each.data(), Number.isNaN)).toEqual([false, true, false, true]);
    expect(await crossEntropy(own, target).item()).toBeNaN();
  });

  it("has nothing to do with classes of probability 0 that are not the target", () => {
    const known = tensor([[Number.NEGATIVE_INFINITY, Math.log(0.25), Math.log(0.75)]]);
    const target = tensor([2], { dtype: "i32" });
    for (const loss of [nll, crossEntropy]) {
      expect(itemOf(loss(known, target))).toBeCloseTo(-Math.log(0.75), 6);
      const [masked, ...others] = valuesOf(grad((x: Tensor) => loss(x, target))(known));
      expect(masked).toBeCloseTo(0);
      expect(others.every(Number.isFinite)).toBe(true);
    }
    expect(itemOf(nll(known, tensor([0], { dtype: "i32" })))).toBe(Number.POSITIVE_INFINITY);
  });

  it("weights probabilities class by class, and divides by the number of samples", () => {
    const probabilities = [0.2, 0.3, 0.5, 1, 0, 0, 0, 0.5, 0.5, 0.25, 0.25, 0.5];
    const target = tensor(probabilities, { shape: [rows, classes] });
    const smoothing = 0.25;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const z = logits.slice(row * classes, (row + 1) * classes);
      const all = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
      for (let c = 0; c < classes; c++) {
        const t = probabilities[row * classes + c]! * (1 - smoothing) + smoothing / classes;
        total += weights[c]! * t * (all - z[c]!);
      }
    }
    const loss = crossEntropy(x, target, { weight: tensor(weights), labelSmoothing: smoothing });
    expect(itemOf(loss)).toBeCloseTo(total / rows, 6);
  });
});

describe("gaussianNll", () => {
  it("takes a variance for each element, for each row, or for all", () => {
    const [output, target] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [0, 2],
        [5, 3],
      ]),
    ];
    const each = valuesOf(
      gaussianNll(
        output,
        target,
        tensor([
          [0.5, 0.5],
          [2, 2],
        ]),
        { reduction: "none" },
      ),
    );
    for (const rows of [tensor([0.5, 2]), tensor([[0.5], [2]])]) {
      expectClose(valuesOf(gaussianNll(output, target, rows, { reduction: "none" })), each);
    }
    const one = valuesOf(gaussianNll(output, target, 0.5, { reduction: "none" }));
    expectClose(one.slice(0, 2), each.slice(0, 2));
    expect(() => gaussianNll(output, target, tensor([1, 2, 3]))).toThrow("got f32 [3] for output f32 [2,2]");
    expect(() => gaussianNll(output, target, -1)).toThrow("variance must be at least 0");
  });
});

describe("huber", () => {
  it("has second derivative 1 inside and 0 outside, also at 0", () => {
    const f = (x: Tensor): Tensor => huber(x, 0, { reduction: "sum" });
    const x = tensor([-2, -0.5, 0, 0.5, 2]);
    expect(valuesOf(hessianVectorProduct(f, x, tensor([1, 1, 1, 1, 1])))).toEqual([0, 1, 1, 1, 0]);
  });
});

describe("binaryCrossEntropyWithLogits", () => {
  it("is minus the log-likelihood, for logits of any size", () => {
    const logits = [-100, -3, -0.1, 0, 2, 100];
    for (const t of [0, 0.3, 1]) {
      const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
      expectClose(
        valuesOf(binaryCrossEntropyWithLogits(tensor(logits), t, { reduction: "none" })),
        logits.map((z) => t * softplus(-Math.fround(z)) + (1 - t) * softplus(Math.fround(z))),
      );
    }
    expect(itemOf(binaryCrossEntropyWithLogits(tensor([0, 0]), tensor([0, 1])))).toBeCloseTo(Math.LN2, 9);
  });

  it("weights positives by posWeight, for all or for each class", () => {
    const logits = [-100, -3, 0, 0.5, 2, 100];
    const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    const loss = (t: number, posWeight: Tensor | number): number[] =>
      valuesOf(
        binaryCrossEntropyWithLogits(tensor(logits, { shape: [3, 2] }), t, { posWeight, reduction: "none" }),
      );
    for (const t of [0, 0.25, 1]) {
      const expected = (p: (i: number) => number): number[] =>
        logits.map((z, i) => p(i) * t * softplus(-z) + (1 - t) * softplus(z));
      expectClose(
        loss(t, 3),
        expected(() => 3),
      );
      expectClose(
        loss(t, tensor([3, 0.5])),
        expected((i) => [3, 0.5][i % 2]!),
      );
    }
  });

  it("has the gradient sigmoid(z) - t everywhere, also at 0", () => {
    const logits = [-30, -1, 0, 0.5, 30];
    const gradient = grad((z: Tensor) => binaryCrossEntropyWithLogits(z, 0.25, { reduction: "sum" }));
    expectClose(
      valuesOf(gradient(tensor(logits))),
      logits.map((z) => 1 / (1 + Math.exp(-z)) - 0.25),
    );
  });
});

describe("klDivergence", () => {
  it("sums t (log t - x), where t = 0 counts as 0", () => {
    const x = tensor([Math.log(0.5), Math.log(0.25), Math.log(0.25), -1, -2, -3], { shape: [2, 3] });
    const t = tensor([0.5, 0.5, 0, 0, 0, 1], { shape: [2, 3] });
    const each = [0, 0.5 * Math.LN2, 0, 0, 0, 3];
    expectClose(valuesOf(klDivergence(x, t, { reduction: "none" })), each, 1e-6);
    expect(itemOf(klDivergence(x, t))).toBeCloseTo((each[1]! + 3) / 6, 6);
    expect(itemOf(klDivergence(x, t, { reduction: "batchMean" }))).toBeCloseTo((each[1]! + 3) / 2, 6);
    const logTarget = tensor([-1, -2, -0.5, -1, -3, -0.25], { shape: [2, 3] });
    expectClose(
      valuesOf(klDivergence(x, logTarget, { logTarget: true, reduction: "none" })),
      valuesOf(klDivergence(x, exp(logTarget), { reduction: "none" })),
      1e-6,
    );
    expect(itemOf(klDivergence(x, t, { reduction: "sum" }))).toBeCloseTo(each[1]! + 3, 6);
  });
});

describe("cosines", () => {
  // 3 e and 4 e beside 4 and 3: 24 / 25, whatever e is. Its gradient is (b / |b| - cosine a / |a|) / |a|.
  const sizes = [1e-6, 1, 3e10, 1e19, 8e37];
  const a = tensor(sizes.map((size) => [3 * size, 4 * size]));
  const b = tensor(sizes.map(() => [4, 3]));
  const vast = tensor(sizes.map((size) => [4 * size, 3 * size]));

  it("and their gradients are those of vectors of any length, where squares are beyond f32", async () => {
    const gradient = grad((x: Tensor) => sum(cosineSimilarity(x, b)))(a);
    const like = cosineEmbedding(a, vast, tensor([1, 1, 1, -1, 1]), { reduction: "none" });
    const found = [cosineSimilarity(a, b), cosineSimilarity(a, vast), gradient, like];
    await evaluate(found);
    const [one, both, slopes, embedded] = await Promise.all(found.map((x) => x.data()));
    expectClose([...one!, ...both!], new Array<number>(2 * sizes.length).fill(24 / 25), 1e-6);
    const slope = (share: number, own: number, size: number): number =>
      (share - (24 / 25) * own) / (5 * size);
    for (const [i, size] of sizes.slice(0, -1).entries()) {
      expectClose([slopes![2 * i]! * size], [slope(0.8, 0.6, size) * size], 1e-6);
      expectClose([slopes![2 * i + 1]! * size], [slope(0.6, 0.8, size) * size], 1e-6);
    }
    // The square of 1e-6 is added to each squared norm, which is noticed at 5e-6.
    const cosines = [...embedded!].map((value, i) => (i === 3 ? value : 1 - value));
    expectClose(
      cosines,
      sizes.map((size) => 24 / 25 / (1 + 1e-12 / (25 * size ** 2))),
      1e-6,
    );
  });

  it("are of no vector more than its share of epsilon", async () => {
    const short = tensor([
      [1e-9, 0],
      [1e-9, 0],
      [0, 0],
      [0, 0],
    ]);
    const long = tensor([
      [1e-9, 0],
      [1e9, 0],
      [3, 4],
      [0, 0],
    ]);
    const gradient = grad((x: Tensor) => sum(cosineSimilarity(x, long)))(short);
    const found = [cosineSimilarity(short, long), gradient];
    await evaluate(found);
    expectClose([...(await found[0]!.data())], [0.01, 0.1, 0, 0], 1e-7);
    expectClose([...(await found[1]!.data())], [1e7, 0, 1e8, 0, 6e7, 8e7, 0, 0], 1e-5);
  });

  it("of halves are those of their values, of no features 0, and of an infinity NaN", () => {
    const [x, y] = [[[300, 400]], [[400, 300]]].map((values) => cast(tensor(values), "f16"));
    const half = cosineSimilarity(x!, y!);
    expect(half.dtype).toBe("f16");
    expectClose(valuesOf(half), [0.96], 1e-3);
    const none = tensor([], { shape: [2, 0] });
    expect(valuesOf(cosineSimilarity(none, none))).toEqual([0, 0]);
    const endless = tensor([[Number.POSITIVE_INFINITY, 1]]);
    expect(valuesOf(cosineSimilarity(endless, tensor([[1, 1]])))).toEqual([Number.NaN]);
  });
});

describe("at their edges", () => {
  const slope = (f: (x: Tensor) => Tensor, ...at: number[]): number[] =>
    valuesOf(grad((x: Tensor) => sum(f(x)))(tensor(at)));

  it("losses with a margin have PyTorch's gradient where the margin is just met", () => {
    const sign = tensor([1, -1]);
    const ranking = (a: Tensor): Tensor => marginRanking(a, tensor([0, 0]), sign);
    expect(slope(ranking, 0, 0)).toEqual([-0.5, 0.5]);
    expect(slope((x) => hingeEmbedding(x, tensor([-1])), 1)).toEqual([-1]);
    expect(itemOf(marginRanking(tensor([Number.NaN]), tensor([0]), tensor([1])))).toBeNaN();
  });

  it("distances have the gradient 0 at 0", () => {
    for (const p of [0.5, 1, 2, 3]) {
      const own = tensor([[1, 2]]);
      const f = (x: Tensor): Tensor => pairwiseDistance(x, own, { p, epsilon: 0 });
      expect(valuesOf(grad((x: Tensor) => sum(f(x)))(own))).toEqual([0, 0]);
    }
  });

  it("a power below 1 of a probability that is 0 has no slope", () => {
    const f = (x: Tensor): Tensor => focal(x, tensor([1, 0]), { gamma: 0.5 });
    expectClose(slope(f, 40, -800), [0, 0], 1e-12);
  });

  it("a variance below the least is the least, and its gradient that of the variance", () => {
    const f = (variance: Tensor): Tensor =>
      gaussianNll(tensor([1, 1]), tensor([0, 0]), variance, { reduction: "none" });
    const wanted = (Math.log(1e-6) + 1e6) / 2;
    expectClose(valuesOf(f(tensor([-100, 1e-9]))), [wanted, wanted], 1e-3);
    expectClose(slope(f, -100), [(1e6 - 1e12) / 2], 1e6);
  });

  it("a sequence without elements reads as the empty target alone", () => {
    const logProbabilities = logSoftmax(zeros([3, 4, 3]), -1);
    const loss = ctc(logProbabilities, tensor(Int32Array.of(1, 1, 1), { shape: [3, 1] }), {
      inputLengths: tensor(Int32Array.of(0, 0, 4)),
      targetLengths: tensor(Int32Array.of(1, 0, 1)),
      reduction: "none",
    });
    const [none, empty, whole] = valuesOf(loss);
    expect(none).toBe(Number.POSITIVE_INFINITY);
    expect(empty).toBeCloseTo(0, 12);
    // Ways to read one label in four turns: 10 of 81.
    expect(whole).toBeCloseTo(-Math.log(10 / 81), 6);
  });

  it("a single blank of probability 0 is no way to read an empty target", () => {
    const logProbabilities = tensor([Number.NEGATIVE_INFINITY, 0], { shape: [1, 1, 2] });
    const loss = ctc(logProbabilities, tensor(new Int32Array(0), { shape: [1, 0] }), { reduction: "none" });
    expect(valuesOf(loss)).toEqual([Number.POSITIVE_INFINITY]);
  });

  it("labels that are no classes, and lengths that are none, are NaN; padding may be anything", () => {
    const logProbabilities = logSoftmax(zeros([1, 4, 3]), -1);
    const lossOf = (labels: readonly number[], targetLength: number, inputLength = 4): number =>
      itemOf(
        ctc(logProbabilities, tensor(labels, { shape: [1, 2], dtype: "i32" }), {
          inputLengths: tensor([inputLength], { dtype: "i32" }),
          targetLengths: tensor([targetLength], { dtype: "i32" }),
          zeroInfinity: true,
        }),
      );
    const wrong: readonly (readonly [labels: readonly number[], ...lengths: [number, number?]])[] = [
      [[1, 3], 2],
      [[-1, 1], 2],
      [[3, 9], 1],
      [[1, 2], 3],
      [[1, 2], -1],
      [[1, 2], 2, 5],
      [[1, 2], 2, -1],
    ];
    for (const given of wrong) expect(lossOf(...given)).toBeNaN();
    expect(lossOf([1, -7], 1)).toBeCloseTo(-Math.log(10 / 81), 6);
    expect(lossOf([9, -7], 0)).toBeCloseTo(4 * Math.log(3), 6);
    const scores = tensor([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const each = multiMargin(scores, tensor([-1, 2, 1], { dtype: "i32" }), { reduction: "none" });
    expect(valuesOf(each)).toEqual([Number.NaN, Number.NaN, 0]);
  });

  it("the mean of many halves is in f32", async () => {
    const logits = zeros([70_000, 3], "f16");
    const loss = crossEntropy(logits, zeros([70_000], "i32"));
    const [result] = await compile(() => [loss], { device: new WasmExecutor({ threads: 1 }) })();
    expect((await result!.data())[0]).toBeCloseTo(Math.log(3), 2);
    expect(loss.dtype).toBe("f16");
  });
});
