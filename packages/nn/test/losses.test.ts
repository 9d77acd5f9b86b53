import { grad } from "@clidim/autograd";
import { type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { binaryCrossEntropyWithLogits, crossEntropy, huber, klDivergence, l1, mse } from "../src/index.js";
import { expectClose, itemOf, valuesOf } from "./values.js";

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
    expect(() => crossEntropy(output, tensor([1, 2]))).toThrow(
      "expected probabilities of shape [2,3], got [2]",
    );
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
    expect(itemOf(klDivergence(x, t, { reduction: "sum" }))).toBeCloseTo(each[1]! + 3, 6);
  });
});
