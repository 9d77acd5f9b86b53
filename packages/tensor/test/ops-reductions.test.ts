import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { input, type Tensor } from "../src/tensor.js";

const { tensor } = ops;
const x = tensor([
  [1, -2, 3],
  [4, 5, -6],
]);

describe("reductions", () => {
  test("over all, one and several axes, with and without kept dimensions", () => {
    expect([ops.sum(x).shape, valuesOf(ops.sum(x))]).toEqual([[], [5]]);
    expect([ops.sum(x, 0).shape, valuesOf(ops.sum(x, 0))]).toEqual([[3], [5, 3, -3]]);
    expect([ops.sum(x, -1).shape, valuesOf(ops.sum(x, -1))]).toEqual([[2], [2, 3]]);
    expect(ops.sum(x, [1, 0], { keepDims: true }).shape).toEqual([1, 1]);
    expect(ops.sum(x, 0, { keepDims: true }).shape).toEqual([1, 3]);
    expect(valuesOf(ops.max(x, 1))).toEqual([3, 5]);
    expect(valuesOf(ops.min(x, 0))).toEqual([1, -2, -6]);
    expect(valuesOf(ops.mean(x, 1))).toEqual([expect.closeTo(2 / 3, 15), expect.closeTo(1, 15)]);
  });

  test("axes of extent 1 only disappear", () => {
    const y = ops.expandDims(x, 1);
    expect(ops.sum(y, 1).shape).toEqual([2, 3]);
    expect(ops.sum(y, 1, { keepDims: true })).toBe(y);
    expect(valuesOf(ops.max(y, [1, 2]))).toEqual([3, 5]);
  });

  test("variance divides by n - correction", () => {
    const y = tensor([1, 2, 3, 6]);
    expect(valuesOf(ops.variance(y))[0]).toBeCloseTo(3.5, 12);
    expect(valuesOf(ops.variance(y, 0, { correction: 1 }))[0]).toBeCloseTo(14 / 3, 12);
    expect(() => ops.variance(tensor([1]), 0, { correction: 1 })).toThrow(
      "variance: correction 1 leaves nothing to divide by",
    );
    // One pass (E[x^2] - E[x]^2) would lose every digit here.
    expect(valuesOf(ops.variance(ops.add(y, 2 ** 24)))[0]).toBeCloseTo(3.5, 12);
  });

  test("correlations of a constant are NaN, and its covariances 0, whatever its mean is rounded to", () => {
    for (const constant of [0.1, 0.3, 100]) {
      const rows = tensor([new Array<number>(7).fill(constant), [1, 2, 3, 4, 5, 7, 6]]);
      expect(valuesOf(ops.cov(rows)).map((value, i) => (i === 3 ? 0 : value))).toEqual([0, 0, 0, 0]);
      expect(valuesOf(ops.corrcoef(rows)).map(Number.isNaN)).toEqual([true, true, true, false]);
      expect(valuesOf(ops.corrcoef(ops.full([7], constant)))).toEqual([Number.NaN]);
    }
  });

  test("min and max of integers reach the ends of their range", () => {
    const ends = [-(2 ** 31), 0, 2 ** 31 - 1];
    expect(valuesOf(ops.min(tensor(ends, { dtype: "i32" })))).toEqual([-(2 ** 31)]);
    expect(valuesOf(ops.max(tensor(ends, { dtype: "i32" })))).toEqual([2 ** 31 - 1]);
    expect(valuesOf(ops.min(tensor([5, 2 ** 32 - 1, 3], { dtype: "u32" })))).toEqual([3]);
  });

  test("argmax and argmin give the first of equals", () => {
    const y = tensor([
      [1, 7, 7],
      [-2, -2, -3],
    ]);
    expect([ops.argmax(y, 1).dtype, valuesOf(ops.argmax(y, 1))]).toEqual(["i32", [1, 0]]);
    expect(valuesOf(ops.argmin(y, -1))).toEqual([0, 2]);
    expect(ops.argmax(y, 1, { keepDims: true }).shape).toEqual([2, 1]);
    expect(valuesOf(ops.argmax(y, 0))).toEqual([0, 0, 0]);
  });

  test("argmax and argmin without an axis count in row-major order", () => {
    const x = tensor([
      [1, 7, 3],
      [9, 9, 0],
    ]);
    expect([ops.argmax(x).shape, valuesOf(ops.argmax(x)), valuesOf(ops.argmin(x))]).toEqual([[], [3], [5]]);
    expect(ops.argmax(x, undefined, { keepDims: true }).shape).toEqual([1, 1]);
  });

  test("any and all", () => {
    const x = ops.gt(
      tensor([
        [1, 0, 1],
        [1, 0, 0],
      ]),
      0,
    );
    expect(valuesOf(ops.any(x, 0))).toEqual([1, 0, 1]);
    expect(valuesOf(ops.all(x, 0))).toEqual([1, 0, 0]);
    expect([valuesOf(ops.any(x)), valuesOf(ops.all(x))]).toEqual([[1], [0]]);
    expect([ops.any(x, 1, { keepDims: true }).shape, ops.all(x, 1).dtype]).toEqual([[2, 1], "bool"]);
    expect([valuesOf(ops.any(tensor([0, Number.NaN]))), valuesOf(ops.all(tensor([0, 2])))]).toEqual([
      [1],
      [0],
    ]);
  });

  test("prod over all, one and several axes, of any extent", () => {
    for (const extent of [1, 2, 7, 8, 9, 63, 64, 65, 100]) {
      const data = Array.from({ length: 2 * extent }, (_, i) => 1 + Math.sin(i + 1) / 3);
      const x = tensor(Float64Array.from(data), { shape: [2, extent] });
      const rounded = valuesOf(x);
      const expected = [0, 1].map((row) =>
        rounded.slice(row * extent, (row + 1) * extent).reduce((product, value) => product * value, 1),
      );
      const actual = valuesOf(ops.prod(x, 1));
      for (const [row, value] of expected.entries()) expect(actual[row]! / value).toBeCloseTo(1, 12);
      expect(valuesOf(ops.prod(x))[0]! / (expected[0]! * expected[1]!)).toBeCloseTo(1, 12);
      expect(ops.prod(x, -1, { keepDims: true }).shape).toEqual([2, 1]);
    }
    expect(valuesOf(ops.prod(tensor([3, 0, -2], { dtype: "i32" })))).toEqual([0]);
    expect(ops.prod(tensor([300, 300], { dtype: "f16" })).dtype).toBe("f16");
  });

  test("argmax agrees with a scan on random integers", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 9 }), (data) => {
        expect(valuesOf(ops.argmax(tensor(data), 0))).toEqual([data.indexOf(Math.max(...data))]);
        expect(valuesOf(ops.argmin(tensor(data, { dtype: "i32" }), 0))).toEqual([
          data.indexOf(Math.min(...data)),
        ]);
      }),
    );
  });

  test("mistakes are named", () => {
    expect(() => ops.sum(x, 2)).toThrow("sum: axis 2 is out of range for a tensor of rank 2; use -2 to 1");
    expect(() => ops.max(x, [0, -2])).toThrow("max: axes [0,-2] name an axis of x [2,3] twice");
    expect(() => ops.mean(input([2], "i32"))).toThrow(
      "mean: x must be floating point, got i32 [2]; cast first",
    );
    expect(() => ops.argmax(x, 3)).toThrow("argmax: axis 3 is out of range");
  });
});

describe("softmax", () => {
  const y = tensor([
    [1, 2, 3],
    [1000, 1000, 1000],
    [-1e4, 0, -1e4],
  ]);

  test("normalises along its axis, also far from 0", () => {
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    const expected = [
      Math.exp(1) / total,
      Math.exp(2) / total,
      Math.exp(3) / total,
      1 / 3,
      1 / 3,
      1 / 3,
      0,
      1,
      0,
    ];
    for (const [i, value] of valuesOf(ops.softmax(y)).entries()) expect(value).toBeCloseTo(expected[i]!, 14);
    for (const column of valuesOf(ops.sum(ops.softmax(y, 0), 0))) expect(column).toBeCloseTo(1, 14);
  });

  test("logSoftmax is its logarithm and stays finite where softmax is 0", () => {
    const [probabilities, logarithms] = interpret([ops.softmax(y), ops.logSoftmax(y)]);
    for (let i = 0; i < 6; i++) expect(logarithms![i]).toBeCloseTo(Math.log(probabilities![i]!), 12);
    expect(logarithms![6]).toBe(-1e4);
  });

  test("logSumExp reduces", () => {
    const result = ops.logSumExp(y, 1);
    expect(result.shape).toEqual([3]);
    const [a, b, c] = valuesOf(result);
    expect(a).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)), 12);
    expect(b).toBeCloseTo(1000 + Math.log(3), 12);
    expect(c).toBe(0);
    expect(ops.logSumExp(y, undefined, { keepDims: true }).shape).toEqual([1, 1]);
    expect(ops.logSumExp(y).shape).toEqual([]);
  });

  test("the shift carries no gradient", () => {
    const operands = (node: Tensor): Tensor[] => [node, ...node.definition.inputs.flatMap(operands)];
    const nodes = operands(ops.softmax(input([2, 3], "f32")));
    const maxima = nodes.filter((node) => node.definition.op === "max");
    const stops = nodes.filter((node) => node.definition.op === "stopGradient");
    expect(maxima.length).toBeGreaterThan(0);
    expect(new Set(stops.flatMap((node) => node.definition.inputs))).toEqual(new Set(maxima));
  });
});
