import { valuesOf } from "@clidim/testing/values";
import { describe, expect, expectTypeOf, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { tensor } from "../src/ops/creation.js";
import { threefry2x32 } from "../src/primitives/leaves.js";
import { bernoulli, foldIn, key, normal, randomBits, randomInteger, split, uniform } from "../src/random.js";
import { compile } from "../src/run/compile.js";
import type { Tensor } from "../src/tensor.js";
import { device } from "./processor.js";

const mean = (data: readonly number[]): number => data.reduce((sum, x) => sum + x, 0) / data.length;

describe("keys", () => {
  test("hold the high and the low word of the seed", () => {
    expect(valuesOf(key(7))).toEqual([0, 7]);
    expect(valuesOf(key(2 ** 40 + 5))).toEqual([256, 5]);
    for (const seed of [-1, 0.5, 2 ** 53])
      expect(() => key(seed)).toThrow("key: seed must be a whole number");
  });

  test("draws, split and foldIn use counters of their own", () => {
    const k = key(3);
    expect(valuesOf(randomBits(k, [2]))).toEqual([...threefry2x32([0, 3], [0, 0])]);
    const keys = split(k, 3);
    expectTypeOf(keys).toEqualTypeOf<[Tensor, Tensor, Tensor]>();
    expect(keys.map(valuesOf)).toEqual([0, 1, 2].map((i) => [...threefry2x32([0, 3], [i, 1])]));
    expect(valuesOf(foldIn(k, 9))).toEqual([...threefry2x32([0, 3], [9, 2])]);
    expect(valuesOf(foldIn(k, tensor([9], { dtype: "u32" })))).toEqual(valuesOf(foldIn(k, 9)));
    expectTypeOf(split(k)).toEqualTypeOf<[Tensor, Tensor]>();
    expect(split(k)).toHaveLength(2);
  });

  test("what is no key is refused", () => {
    expect(() => split(tensor([1, 2]))).toThrow(
      "split: expected a key (u32 [2]), got f32 [2]; make keys with key(seed)",
    );
    expect(() => uniform(tensor([1], { dtype: "u32" }), [2])).toThrow(
      "expected a key (u32 [2]), got u32 [1]",
    );
    expect(() => foldIn(key(0), tensor(1))).toThrow(
      "foldIn: data must be a u32 scalar, got f32 []; cast first",
    );
  });
});

describe("distributions", () => {
  const n = 20_000;
  // Five standard errors: fixed keys, so that a failure is no accident.
  const near = (actual: number, expected: number, deviation: number): void =>
    expect(Math.abs(actual - expected)).toBeLessThan((5 * deviation) / Math.sqrt(n));

  test("uniform lies in [low, high) on a grid of 24 bits", () => {
    const u = valuesOf(uniform(key(1), [n]));
    expect(u.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 24))).toBe(true);
    near(mean(u), 1 / 2, Math.sqrt(1 / 12));
    near(mean(u.map((x) => x * x)), 1 / 3, Math.sqrt(1 / 5 - 1 / 9));
    const shifted = valuesOf(uniform(key(1), [n], { low: -2, high: 4 }));
    expect(shifted.every((x, i) => Math.abs(x - (6 * u[i]! - 2)) < 1e-12)).toBe(true);
  });

  test("uniform does not reach the end of its range by rounding", async () => {
    const drawn = await compile(() => uniform(key(0), [300_000], { low: 1000, high: 1001 }), { device })();
    const values = await drawn.data();
    expect(Math.max(...[...values].slice(0, 100_000))).toBeLessThan(1001);
    expect(values.every((x) => x >= 1000 && x < 1001)).toBe(true);
    expect(values.some((x) => x === 1001 - 2 ** -14)).toBe(true);
  });

  test("normal has the moments and the tails of the normal distribution", () => {
    const z = valuesOf(normal(key(2), [n]));
    near(mean(z), 0, 1);
    near(mean(z.map((x) => x ** 2)), 1, Math.sqrt(2));
    near(mean(z.map((x) => x ** 4)), 3, Math.sqrt(105 - 9));
    const beyond = z.filter((x) => Math.abs(x) > 1.959963985).length / n;
    near(beyond, 0.05, Math.sqrt(0.05 * 0.95));
  });

  test("neighbouring draws and sibling keys are uncorrelated", () => {
    const [left, right] = split(key(4));
    const [x, y] = interpret([normal(left, [n]), normal(right, [n])]);
    near(mean([...x!].map((value, i) => value * y![i]!)), 0, 1);
    near(mean([...x!].map((value, i) => value * x![(i + 1) % n]!)), 0, 1);
  });

  test("bernoulli takes a number or a tensor of probabilities", () => {
    const draws = bernoulli(key(5), 0.3, [n]);
    expect(draws.dtype).toBe("bool");
    near(mean(valuesOf(draws)), 0.3, Math.sqrt(0.21));
    expect(valuesOf(bernoulli(key(5), tensor([0, 1]), [3, 2]))).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test("randomInteger takes all of i32", async () => {
    const all = valuesOf(randomInteger(key(1), -(2 ** 31), 2 ** 31, [4000]));
    expect(all.every((value) => value === (value | 0))).toBe(true);
    expect(Math.min(...all)).toBeLessThan(-(2 ** 31) * 0.99);
    expect(Math.max(...all)).toBeGreaterThan(2 ** 31 * 0.99);
    const most = valuesOf(randomInteger(key(1), -(2 ** 31), 2 ** 31 - 1, [1000]));
    expect(Math.abs(most.reduce((sum, value) => sum + value, 0) / most.length)).toBeLessThan(2 ** 31 * 0.1);
    expect(valuesOf(randomInteger(key(2), -3, 2 ** 31, [500])).every((value) => value >= -3)).toBe(true);
  });

  test("randomInteger covers [low, high) evenly", () => {
    const draws = randomInteger(key(6), -2, 3, [n]);
    expect(draws.dtype).toBe("i32");
    const counts = new Map<number, number>();
    for (const x of valuesOf(draws)) counts.set(x, (counts.get(x) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    for (const count of counts.values()) near(count / n, 0.2, Math.sqrt(0.16));
    const wide = valuesOf(randomInteger(key(6), -(2 ** 31), 2 ** 31 - 1, [100]));
    expect(wide.some((x) => x < 0) && wide.some((x) => x > 0)).toBe(true);
    expect(() => randomInteger(key(0), 3, 3, [1])).toThrow(
      "randomInteger: low and high must be whole numbers",
    );
  });
});
