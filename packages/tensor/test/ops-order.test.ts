import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ops from "../src/ops/index.js";
import { key, permutation } from "../src/random.js";
import { type Shape, sizeOf } from "../src/shape.js";
import { input } from "../src/tensor.js";

const { tensor } = ops;

/** The rows along `axis` of row-major data: positions of their elements. */
function rowsOf(shape: Shape, axis: number): number[][] {
  const inner = sizeOf(shape.slice(axis + 1));
  const extent = shape[axis]!;
  return Array.from({ length: sizeOf(shape) / extent }, (_, row) => {
    const start = Math.floor(row / inner) * inner * extent + (row % inner);
    return Array.from({ length: extent }, (_, i) => start + i * inner);
  });
}

const cases = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.nat(shape.length - 1),
    // Few different values, so that many are equal.
    data: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
    dtype: fc.constantFrom("f32" as const, "i32" as const),
  }),
);

describe("cumsum", () => {
  test("sums what comes before, along any axis", () => {
    expect(valuesOf(ops.cumsum(tensor([1, 2, 3, 4]), 0))).toEqual([1, 3, 6, 10]);
    const x = tensor([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    expect(valuesOf(ops.cumsum(x, 0))).toEqual([1, 2, 3, 11, 22, 33]);
    expect(valuesOf(ops.cumsum(x, -1))).toEqual([1, 3, 6, 10, 30, 60]);
    expect(ops.cumsum(tensor([3, -5], { dtype: "i32" }), 0).dtype).toBe("i32");
  });

  test("blocks join without a seam at every length", () => {
    for (const extent of [1, 31, 32, 33, 64, 65, 96, 100, 1024, 2048, 2049, 2500]) {
      const x = tensor(
        Int32Array.from({ length: extent * 2 }, (_, i) => ((i * 7919) % 13) - 6),
        { shape: [extent, 2] },
      );
      const given = valuesOf(x);
      const totals = [0, 0];
      const expected = given.map((value, i) => {
        totals[i % 2]! += value;
        return totals[i % 2]!;
      });
      expect(valuesOf(ops.cumsum(x, 0))).toEqual(expected);
    }
  });

  test("an integer sum wraps, bools are counted", () => {
    expect(valuesOf(ops.cumsum(tensor([2 ** 31 - 1, 1], { dtype: "i32" }), 0))).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
    ]);
    const counts = ops.cumsum(tensor([true, false, true]), 0);
    expect([counts.dtype, valuesOf(counts)]).toEqual(["i32", [1, 1, 2]]);
    expect(() => ops.cumsum(input([2, 3], "f32"), 2)).toThrow(
      "cumsum: axis 2 is out of range for a tensor of rank 2; use -2 to 1",
    );
  });
});

describe("sort", () => {
  test("orders each row as a stable sort does, in both directions", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ shape, axis, data, dtype }, descending) => {
        const x = tensor(data, { shape, dtype });
        const sorted = new Array<number>(data.length);
        const positions = new Array<number>(data.length);
        for (const row of rowsOf(shape, axis)) {
          const order = [...row.keys()].sort((a, b) =>
            descending ? data[row[b]!]! - data[row[a]!]! : data[row[a]!]! - data[row[b]!]!,
          );
          order.forEach((from, to) => {
            sorted[row[to]!] = data[row[from]!]!;
            positions[row[to]!] = from;
          });
        }
        const [y, order] = [ops.sort(x, axis, { descending }), ops.argsort(x, axis, { descending })];
        expect([y.dtype, order.dtype]).toEqual([dtype, "i32"]);
        expect(valuesOf(y)).toEqual(sorted);
        expect(valuesOf(order)).toEqual(positions);
      }),
    );
  });

  test("infinities and NaN have their places", () => {
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
    const x = tensor([1, inf, nan, -2, -inf, nan, 0]);
    expect(valuesOf(ops.sort(x))).toEqual([-inf, -2, 0, 1, inf, nan, nan]);
    expect(valuesOf(ops.argsort(x))).toEqual([4, 3, 6, 0, 1, 2, 5]);
    expect(valuesOf(ops.sort(x, 0, { descending: true }))).toEqual([nan, nan, inf, 1, 0, -2, -inf]);
    expect(valuesOf(ops.topK(x, 3).indices)).toEqual([2, 5, 1]);
  });

  test("topK is the start of the descending order", () => {
    const x = tensor([
      [3, 9, 9, 1],
      [-1, -3, -2, -4],
    ]);
    const { values: largest, indices } = ops.topK(x, 3);
    expect([largest.shape, valuesOf(largest)]).toEqual([
      [2, 3],
      [9, 9, 3, -1, -2, -3],
    ]);
    expect(valuesOf(indices)).toEqual([1, 2, 0, 0, 2, 1]);
    expect(valuesOf(ops.topK(x, 1, 0).indices)).toEqual([0, 0, 0, 0]);
    expect(ops.topK(x, 0).values.shape).toEqual([2, 0]);
    expect(valuesOf(ops.topK(x, 0, 0).indices)).toEqual([]);
    for (const k of [-1, 5, 1.5]) {
      expect(() => ops.topK(x, k)).toThrow(
        `topK: k must be a whole number from 0 to 4, the extent of axis 1, got ${k} (x f32 [2,4])`,
      );
    }
  });

  test("false comes before true; an axis that is not there is refused", () => {
    const bools = tensor([true, false, true, false]);
    expect([ops.sort(bools).dtype, valuesOf(ops.sort(bools))]).toEqual(["bool", [0, 0, 1, 1]]);
    expect(valuesOf(ops.argsort(bools))).toEqual([1, 3, 0, 2]);
    expect(() => ops.argsort(input([], "f32"), 1)).toThrow(
      "argsort: axis 1 is out of range for a tensor of rank 0",
    );
  });
});

describe("permutation", () => {
  test("holds every number once, in an order of its key's", () => {
    for (const n of [1, 2, 7, 100]) {
      const order = valuesOf(permutation(key(n), n));
      expect(order.toSorted((a, b) => a - b)).toEqual([...order.keys()]);
      expect(valuesOf(permutation(key(n), n))).toEqual(order);
    }
    expect(valuesOf(permutation(key(1), 50))).not.toEqual(valuesOf(permutation(key(2), 50)));
    expect(() => permutation(key(0), -1)).toThrow("permutation: expected a whole number or a tensor, got -1");
  });

  test("every order of three is as likely as any other", () => {
    const counts = new Map<string, number>();
    const n = 1800;
    for (let seed = 0; seed < n; seed++) {
      const order = valuesOf(permutation(key(seed), 3)).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a binomial count.
    for (const count of counts.values()) {
      expect(Math.abs(count - n / 6)).toBeLessThan(5 * Math.sqrt((n * 5) / 36));
    }
  });
});
