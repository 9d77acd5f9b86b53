import { valuesOf } from "@clidim/testing/values";
import { describe, expect, test } from "vitest";
import type { Shape, Tensor } from "../src/index.js";
import * as T from "../src/index.js";
import { device } from "./processor.js";

// What PyTorch has in common with these is compared in test/pytorch/indexing.test.ts.

const { tensor } = T;
const integers = (values: number[], shape: Shape = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });
const none = (...shape: number[]): Tensor => tensor(new Float32Array(0), { shape });

describe("takeAlongAxis and gatherNd", () => {
  test("take floats, integers and bools alike, and broadcast", () => {
    const values = [5, 7, 9, 1, 3, 2];
    const places = integers([2, 0], [2, 1]);
    for (const dtype of ["f32", "i32", "u32"] as const) {
      const x = tensor(values, { shape: [2, 3], dtype });
      expect(valuesOf(T.takeAlongAxis(x, places, 1))).toEqual([9, 1]);
      expect(valuesOf(T.takeAlongAxis(x, integers([1, 0, 1], [1, 3]), 0))).toEqual([1, 7, 2]);
      expect(valuesOf(T.takeAlongAxis(x, integers([1], [1, 1]), -1))).toEqual([7, 3]);
    }
    expect(valuesOf(T.takeAlongAxis(tensor([[true, false]]), integers([1, 0], [1, 2]), 1))).toEqual([0, 1]);
  });

  test("clamp, and nothing else of a row is looked at", () => {
    const x = tensor([[1, Number.NaN, 3]]);
    expect(valuesOf(T.takeAlongAxis(x, integers([-1, 7], [1, 2]), 1))).toEqual([1, 3]);
    expect(
      valuesOf(
        T.gatherNd(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          integers([-1, 9], [1, 2]),
        ),
      ),
    ).toEqual([2]);
  });

  test("an index that i32 has not is the last place", async () => {
    const x = tensor([1, 2, 3]);
    const beyond = tensor([2 ** 32 - 1, 2 ** 31, 0], { dtype: "u32" });
    const read = () => [
      T.take(x, beyond, 0),
      T.takeAlongAxis(x, beyond, 0),
      T.takeAlongAxis(T.cast(x, "i32"), beyond, 0),
      T.gatherNd(x, T.expandDims(beyond, 1)),
    ];
    for (const values of read()) expect(valuesOf(values)).toEqual([3, 3, 1]);
    for (const values of await T.compile(read, { device })())
      expect([...(await values.data())]).toEqual([3, 3, 1]);
  });

  test("of nothing give nothing", () => {
    expect(T.takeAlongAxis(none(2, 0), integers([], [2, 0]), 1).shape).toEqual([2, 0]);
    expect(T.gatherNd(tensor([[1, 2]]), integers([], [0, 2])).shape).toEqual([0]);
    expect(() => T.takeAlongAxis(none(0), integers([0]), 0)).toThrow("takeAlongAxis: the axis has extent 0");
    expect(() => T.gatherNd(none(0), integers([0], [1, 1]))).toThrow(
      "gatherNd: the first 1 axes of x f32 [0]",
    );
    expect(() => T.takeAlongAxis(tensor([1, 2]), integers([0], [1, 1]), 0)).toThrow(
      "takeAlongAxis: indices must have the rank of x, got indices i32 [1,1] for x f32 [2]",
    );
    expect(() => T.gatherNd(tensor([1]), integers([0, 0], [1, 2]))).toThrow(
      "gatherNd: expected indices [...,K] with K from 1 to the rank of x",
    );
  });
});

describe("scatter", () => {
  const x = tensor([10, 20, 30, 40]);

  test("of several updates for a place, the last is set; those out of range change nothing", () => {
    const places = integers([1, 9, 1, -1]);
    const updates = tensor([1, 2, Number.NaN, 4]);
    expect(valuesOf(T.scatter(x, places, updates, 0))).toEqual([10, Number.NaN, 30, 40]);
    expect(valuesOf(T.scatter(x, places, tensor([1, 2, 3, 4]), 0, { mode: "add" }))).toEqual([
      10, 24, 30, 40,
    ]);
    expect(valuesOf(T.scatter(x, places, tensor([1, 2, 99, 4]), 0, { mode: "max" }))).toEqual([
      10, 99, 30, 40,
    ]);
    expect(valuesOf(T.scatter(x, places, tensor([1, 2, 3, 4]), 0, { mode: "min" }))).toEqual([10, 1, 30, 40]);
  });

  test("products and means, with the element itself or without, which stays where nothing is for it", () => {
    const places = integers([1, 9, 1, -1]);
    const updates = tensor([2, 5, 4, 5]);
    const all = (mode: T.ScatterMode, includeSelf: boolean): number[] =>
      valuesOf(T.scatter(x, places, updates, 0, { mode, includeSelf }));
    expect([all("mul", true), all("mul", false)]).toEqual([
      [10, 160, 30, 40],
      [10, 8, 30, 40],
    ]);
    expect(all("mean", true)[1]).toBeCloseTo(26 / 3, 5);
    expect([all("mean", false), all("add", false), all("max", false)]).toEqual([
      [10, 3, 30, 40],
      [10, 6, 30, 40],
      [10, 4, 30, 40],
    ]);
    // Of integers rounded down, as PyTorch has it.
    const whole = T.scatter(integers([-4]), integers([0]), integers([-1]), 0, { mode: "mean" });
    expect([whole.dtype, ...valuesOf(whole)]).toEqual(["i32", -3]);
    expect(() => T.scatter(x, places, updates, 0, { mode: "prod" as T.ScatterMode })).toThrow(
      'that is "mul" here',
    );
  });

  test("takes every dtype", () => {
    const places = integers([0, 2]);
    for (const dtype of ["i32", "u32"] as const) {
      const whole = T.cast(x, dtype);
      const updates = tensor([5, 50], { dtype });
      expect(valuesOf(T.scatter(whole, places, updates, 0))).toEqual([5, 20, 50, 40]);
      expect(valuesOf(T.scatter(whole, places, updates, 0, { mode: "max" }))).toEqual([10, 20, 50, 40]);
      expect(valuesOf(T.scatter(whole, places, updates, 0, { mode: "min" }))).toEqual([5, 20, 30, 40]);
    }
    expect(valuesOf(T.scatter(tensor([true, false, true]), places, tensor([false, true]), 0))).toEqual([
      0, 0, 1,
    ]);
  });

  test("scatterNd sets rows, and elements", () => {
    const y = T.zeros([2, 2]);
    expect(valuesOf(T.scatterNd(y, integers([1], [1, 1]), tensor([[5, 6]])))).toEqual([0, 0, 5, 6]);
    expect(valuesOf(T.scatterNd(y, integers([0, 1, 0, 2], [2, 2]), tensor([7, 8])))).toEqual([0, 7, 0, 0]);
    expect(valuesOf(T.scatterNd(x, integers([], [0, 1]), none(0)))).toEqual([10, 20, 30, 40]);
    expect(() => T.scatterNd(y, integers([0], [1, 1]), tensor([7]))).toThrow(
      "scatterNd: updates must be [1,2], the places and the other axes of x, got updates f32 [1]",
    );
    expect(() => T.scatter(x, integers([0, 1, 1]), tensor([1, 2]), 0)).toThrow(
      "scatter: indices must have at most the shape of updates",
    );
    expect(() => T.scatter(tensor([true]), integers([0]), tensor([true]), 0, { mode: "add" })).toThrow(
      "scatter: x must be numeric",
    );
  });
});

describe("choosing with a size", () => {
  test("fewer are filled up, more are left out", () => {
    const x = tensor([3, 0, -1, 0, 2]);
    const positive = T.gt(x, 0);
    expect(valuesOf(T.compress(x, positive, { size: 4 }))).toEqual([3, 2, 0, 0]);
    expect(valuesOf(T.compress(x, positive, { size: 1 }))).toEqual([3]);
    expect(valuesOf(T.compress(x, positive, { size: 3, fill: -5 }))).toEqual([3, 2, -5]);
    expect(valuesOf(T.nonzero(x, { size: 4 }))).toEqual([0, 2, 4, -1]);
    expect(valuesOf(T.nonzero(x, { size: 2, fill: 7 }))).toEqual([0, 2]);
    const { values, counts, inverse, count } = T.unique(x, { size: 5, fill: 9 });
    expect([valuesOf(values), valuesOf(counts)]).toEqual([
      [-1, 0, 2, 3, 9],
      [1, 2, 1, 1, 0],
    ]);
    expect([valuesOf(inverse), valuesOf(count)]).toEqual([[3, 1, 0, 1, 2], [4]]);
    expect(valuesOf(T.unique(x, { size: 2 }).counts)).toEqual([1, 2]);
  });

  test("of nothing, and nothing of all", () => {
    expect(valuesOf(T.compress(none(0), T.gt(none(0), 0), { size: 2, fill: 1 }))).toEqual([1, 1]);
    expect(T.compress(tensor([1, 2]), tensor([true, true]), { size: 0 }).shape).toEqual([0]);
    expect(valuesOf(T.nonzero(none(0, 3), { size: 1 }))).toEqual([-1, -1]);
    expect(valuesOf(T.nonzero(tensor([0, 0]), { size: 2 }))).toEqual([-1, -1]);
    expect(valuesOf(T.unique(none(0), { size: 2 }).counts)).toEqual([0, 0]);
    expect(valuesOf(T.unique(tensor([4]), { size: 1 }).values)).toEqual([4]);
    expect(valuesOf(T.searchsorted(none(0), tensor([1, 2])))).toEqual([0, 0]);
    expect(() => T.nonzero(tensor(1), { size: 1 })).toThrow("nonzero: x is a scalar");
    expect(() => T.compress(tensor([1]), tensor([true]), {} as T.CompressOptions)).toThrow(
      "compress: size must say how many elements the result has, a whole number, got undefined",
    );
    for (const condition of [tensor([true]), tensor([[true, false]]), tensor([[true], [false]])]) {
      expect(() => T.compress(tensor([[1, 2, 3]]), condition, { size: 1 })).toThrow(
        "compress: without an axis, condition must have the shape of x",
      );
    }
    expect(() => T.compress(T.zeros([2, 3]), T.zeros([3, 2], "bool"), { size: 1 })).toThrow(
      "compress: without an axis, condition must have the shape of x",
    );
  });
});

describe("interp", () => {
  const [places, values] = [tensor([1, 2, 4]), tensor([10, 20, 0])];

  test("is straight between places, and constant or what is told outside of them", () => {
    const x = tensor([0, 1, 1.5, 2, 3, 4, 5, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(valuesOf(T.interp(x, places, values))).toEqual([10, 10, 15, 20, 10, 0, 0, Number.NaN, 0]);
    expect(valuesOf(T.interp(x, places, values, { left: -1, right: 7 }))).toEqual([
      -1,
      10,
      15,
      20,
      10,
      0,
      7,
      Number.NaN,
      7,
    ]);
    // As NumPy has them: beside infinite values and places what is known from one side.
    const infinity = Number.POSITIVE_INFINITY;
    const beside = (at: number[], of: number[]): number[] =>
      valuesOf(T.interp(tensor([0, 0.5, 1]), tensor(at), tensor(of)));
    expect(beside([0, 1], [infinity, infinity])).toEqual([infinity, infinity, infinity]);
    expect(beside([0, 1], [infinity, 3])).toEqual([infinity, infinity, 3]);
    expect(beside([0, 1], [3, infinity])).toEqual([3, infinity, infinity]);
    expect(beside([0, 1], [infinity, -infinity])).toEqual([infinity, Number.NaN, -infinity]);
    expect(beside([-infinity, 1], [2, 3])).toEqual([3, 3, 3]);
    // A step, and nothing but one place.
    expect(valuesOf(T.interp(tensor([0.5, 1, 1.5]), tensor([0, 1, 1, 2]), tensor([0, 2, 4, 6])))).toEqual([
      1, 4, 5,
    ]);
    expect(valuesOf(T.interp(tensor([0, 1, 2]), tensor([1]), tensor([5]), { left: 3 }))).toEqual([3, 5, 5]);
    expect(T.interp(none(2, 0), places, values).shape).toEqual([2, 0]);
    expect(() => T.interp(x, places, tensor([1, 2]))).toThrow(
      "interp: places and values must be lists [N] of one length",
    );
  });
});

describe("order and counts", () => {
  test("a NaN is not hidden", () => {
    const x = tensor([2, Number.NaN, 5]);
    expect(valuesOf(T.median(x))).toEqual([Number.NaN]);
    expect(valuesOf(T.median(integers([7, -3, 2 ** 31 - 1, 4])))).toEqual([4]);
    expect(valuesOf(T.quantile(x, [0, 1]))).toEqual([Number.NaN, Number.NaN]);
    expect(valuesOf(T.cummax(x, 0).values)).toEqual([2, Number.NaN, Number.NaN]);
    expect(valuesOf(T.cummin(x, 0).indices)).toEqual([0, 1, 1]);
    expect(valuesOf(T.cumprod(x, 0))).toEqual([2, Number.NaN, Number.NaN]);
    expect(valuesOf(T.searchsorted(tensor([1, 3]), x))).toEqual([1, 2, 2]);
    expect(valuesOf(T.histogram(x, { bins: 2, range: [0, 5] }).counts)).toEqual([1, 1]);
    for (const beyond of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const { counts, edges } = T.histogram(tensor([1, 2, beyond, 3]), { bins: 2 });
      expect([valuesOf(counts), valuesOf(edges)]).toEqual([
        [1, 2],
        [1, 2, 3],
      ]);
      expect(valuesOf(T.histogram(tensor([beyond]), { bins: 1 }).edges)).toEqual([0, 1]);
    }
    expect(valuesOf(T.quantile(tensor([3e38, 3e38]), 0.5, 0, { interpolation: "midpoint" }))[0]).toBeCloseTo(
      Math.fround(3e38),
      -30,
    );
  });

  test("of a sorted list, NaN stands last", () => {
    const [sorted, x] = [tensor([1, 3, Number.NaN, Number.NaN]), tensor([0.5, 1, 3, 4, Number.NaN])];
    expect(valuesOf(T.searchsorted(sorted, x))).toEqual([0, 0, 1, 2, 2]);
    expect(valuesOf(T.searchsorted(sorted, x, { side: "right" }))).toEqual([0, 1, 2, 2, 4]);
    const { values, inverse } = T.unique(tensor([3, Number.NaN, 1, Number.NaN, 2]), { size: 5 });
    expect(valuesOf(values)).toEqual([1, 2, 3, Number.NaN, Number.NaN]);
    expect(valuesOf(inverse)).toEqual([2, 3, 0, 3, 1]);
  });

  test("an element is in the bin whose edges it is between, whatever rounding says", async () => {
    const options = { bins: 100, range: [0, 1] } as const;
    const bare = T.histogram(none(0), options).edges;
    const { counts, edges } = T.histogram(
      tensor(Float32Array.from(valuesOf(bare).slice(0, -1), Math.fround)),
      options,
    );
    const [ofWasm, edgesOfWasm] = await T.compile(() => [counts, edges] as const, { device })();
    expect([...(await ofWasm.data())]).toEqual(new Array(100).fill(1));
    expect([...(await edgesOfWasm.data())]).toEqual(valuesOf(bare).map(Math.fround));
  });

  test("axes that stay, weights, equal limits", () => {
    const x = tensor([
      [1, 4, 2],
      [6, 3, 5],
    ]);
    expect(T.median(x, 1, { keepDims: true }).shape).toEqual([2, 1]);
    expect(T.quantile(x, [0.5], undefined, { keepDims: true }).shape).toEqual([1, 1, 1]);
    expect(T.quantile(x, 0.5).shape).toEqual([]);
    const weights = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const { counts, edges } = T.histogram(x, { bins: 2, range: [1, 5], weights });
    expect([valuesOf(counts), valuesOf(edges)]).toEqual([
      [4, 13],
      [1, 3, 5],
    ]);
    expect(valuesOf(T.histogram(tensor([2, 2]), { bins: 2 }).edges)).toEqual([1.5, 2, 2.5]);
    expect(valuesOf(T.histogram(none(0), { bins: 2 }).counts)).toEqual([0, 0]);
    expect(() => T.median(none(0))).toThrow("median: there are no elements to choose from in x f32 [0]");
    expect(() => T.quantile(x, 1.5)).toThrow("quantile: q must be a number from 0 to 1, or several, got 1.5");
    expect(() => T.histogram(x, { range: [2, 1] })).toThrow("histogram: range must be [low, high]");
  });

  test("integers, and axes of nothing", () => {
    const x = integers([3, 1, 2]);
    expect(valuesOf(T.cumprod(x, 0))).toEqual([3, 3, 6]);
    expect(valuesOf(T.cummin(x, 0).values)).toEqual([3, 1, 1]);
    expect(valuesOf(T.diff(x))).toEqual([-2, 1]);
    expect(T.diff(none(0)).shape).toEqual([0]);
    expect(T.cumprod(none(0, 2), 0).shape).toEqual([0, 2]);
    expect(T.cummax(none(0), 0).indices.shape).toEqual([0]);
  });

  test("meshgrid, both ways", () => {
    const [a, b] = [integers([1, 2]), integers([5, 6, 7])];
    expect(T.meshgrid([a, b]).map(valuesOf)).toEqual([
      [1, 1, 1, 2, 2, 2],
      [5, 6, 7, 5, 6, 7],
    ]);
    const [x, y] = T.meshgrid([a, b], { indexing: "xy" });
    expect([x!.shape, valuesOf(x!), valuesOf(y!)]).toEqual([
      [3, 2],
      [1, 2, 1, 2, 1, 2],
      [5, 5, 6, 6, 7, 7],
    ]);
    expect(() => T.meshgrid([T.zeros([2, 2])])).toThrow("meshgrid: expected lists [n], list 0 is f32 [2,2]");
  });
});
