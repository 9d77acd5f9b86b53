import { randomNormal } from "@clidim/autograd/testing";
import { add, evaluate, input, type Tensor, tensor, zeros } from "@clidim/tensor";
import { expectClose, itemOf, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { metrics } from "../src/index.js";

const { accuracy, confusionMatrix, fScore, iou, precision, recall, rocAuc, topKAccuracy } = metrics;
const integers = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const random = randomNormal(5);
const drawn = (count: number, below: number): number[] =>
  Array.from({ length: count }, () => Math.floor(Math.abs(random()) * 1e4) % below);

describe("accuracy and topKAccuracy", () => {
  const scores = tensor([
    [0.1, 0.7, 0.2],
    [0.5, 0.4, 0.1],
    [0.3, 0.3, 0.3],
    [Number.NaN, 2, 1],
  ]);
  const target = integers(1, 1, 2, 1);

  it("count what is right, by classes or by scores", () => {
    expect(itemOf(accuracy(integers(1, 0, 0, 1), target))).toBe(0.5);
    expect(itemOf(accuracy(scores, target))).toBe(0.25);
    expect(itemOf(accuracy(input([0], "i32"), input([0], "i32")))).toBe(Number.NaN);
  });

  it("look among the k largest, the first of equal ones and NaN coming first", () => {
    expect([1, 2, 3].map((k) => itemOf(topKAccuracy(scores, target, k)))).toEqual([0.25, 0.75, 1]);
    expect(itemOf(topKAccuracy(tensor([[Number.NaN, 0]]), integers(0), 1))).toBe(0);
    expect(itemOf(topKAccuracy(tensor([[1, 0]]), integers(7), 2))).toBe(0);
  });

  it("say what does not fit", () => {
    expect(() => accuracy(scores, tensor([1, 1, 2, 1]))).toThrow(
      "accuracy: target must be class indices, integers, got f32 [4]; cast to i32",
    );
    expect(() => accuracy(integers(1, 2), target)).toThrow(
      "accuracy: for target i32 [4], expected class indices of its shape or scores with classes on a last axis, got i32 [2]",
    );
    expect(() => topKAccuracy(scores, target, 4)).toThrow(
      "topKAccuracy: k must be at most the number of classes, got 4 for scores [4,3]",
    );
  });
});

describe("the confusion matrix and what is read from it", () => {
  const classes = 4;
  // The last class is never right and never predicted.
  const [predicted, target] = [drawn(60, 3), drawn(60, 3)];
  const counts = Array.from({ length: classes }, (_, i) =>
    Array.from(
      { length: classes },
      (__, j) => target.filter((t, at) => t === i && predicted[at] === j).length,
    ),
  );
  const matrix = confusionMatrix(integers(...predicted), integers(...target), classes);
  const hits = counts.map((row, i) => row[i]!);
  const found = counts.map((_, j) => counts.reduce((total, row) => total + row[j]!, 0));
  const present = counts.map((row) => row.reduce((a, b) => a + b));

  it("counts pairs, and adds up over batches", () => {
    expect(matrix.dtype).toBe("i32");
    expect(valuesOf(matrix)).toEqual(counts.flat());
    const halves = [0, 30].map((from) =>
      confusionMatrix(
        integers(...predicted.slice(from, from + 30)),
        integers(...target.slice(from, from + 30)),
        classes,
      ),
    );
    expect(valuesOf(add(halves[0]!, halves[1]!))).toEqual(counts.flat());
    expect(valuesOf(confusionMatrix(integers(0, 9, -1), integers(0, 0, 0), 2))).toEqual([1, 0, 0, 0]);
  });

  it("gives precision, recall, F-score and intersection over union, averaged in each way", () => {
    const over = (a: number, b: number): number => (b === 0 ? 0 : a / b);
    const total = (values: readonly number[]): number => values.reduce((a, b) => a + b);
    const beta = 2;
    const kinds = [
      [precision, (h: number, p: number) => over(h, p), {}],
      [recall, (h: number, _p: number, t: number) => over(h, t), {}],
      [fScore, (h: number, p: number, t: number) => over(2 * h, p + t), {}],
      [fScore, (h: number, p: number, t: number) => over(5 * h, p + 4 * t), { beta }],
      [iou, (h: number, p: number, t: number) => over(h, p + t - h), {}],
    ] as const;
    for (const [metric, f, options] of kinds) {
      const each = hits.map((h, i) => f(h, found[i]!, present[i]!));
      expectClose(valuesOf(metric(matrix, { ...options, average: "none" })), each, 1e-6);
      expectClose([itemOf(metric(matrix, options))], [total(each) / classes], 1e-6);
      expectClose(
        [itemOf(metric(matrix, { ...options, average: "weighted" }))],
        [total(each.map((value, i) => value * present[i]!)) / 60],
        1e-6,
      );
      expectClose(
        [itemOf(metric(matrix, { ...options, average: "micro" }))],
        [f(total(hits), total(found), total(present))],
        1e-6,
      );
    }
    expect(() => precision(input([2, 3], "i32"))).toThrow(
      "precision: expected a confusion matrix [classes,classes], got i32 [2,3]; make it with confusionMatrix",
    );
  });
});

describe("rocAuc", () => {
  it("is the share of pairs in the right order, ties counting half", () => {
    const scores = drawn(40, 9);
    const target = drawn(40, 2);
    let [right, pairs] = [0, 0];
    for (const [i, positive] of target.entries())
      for (const [j, negative] of target.entries())
        if (positive === 1 && negative === 0) {
          pairs++;
          right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
        }
    expectClose([itemOf(rocAuc(tensor(scores), integers(...target)))], [right / pairs], 1e-6);
    expect(itemOf(rocAuc(tensor([1, 2]), integers(1, 1)))).toBe(Number.NaN);
    expect(itemOf(rocAuc(tensor([1, Number.NaN]), integers(1, 0)))).toBe(Number.NaN);
  });

  it("counts on the device to more than half of the numbers that f32 tells apart", async () => {
    // From 2^23 on, f32 has no halves.
    const count = 2 ** 23 + 1;
    const none = zeros([count], "i32");
    expect(await confusionMatrix(none, none, 1).item()).toBe(count);
  });

  it("and the others are the same on the device", async () => {
    const scores = tensor([
      [0.1, 0.7],
      [0.6, 0.4],
      [0.2, 0.8],
    ]);
    const target = integers(1, 1, 0);
    const results = [
      accuracy(scores, target),
      topKAccuracy(scores, target, 2),
      fScore(confusionMatrix(scores, target, 2)),
      rocAuc(tensor([0.1, 0.4, 0.2]), target),
    ];
    const expected = results.map(itemOf);
    await evaluate(results);
    expectClose(await Promise.all(results.map((x) => x.item())), expected, 1e-6);
  });
});
