import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { compile, cond, Device, scan, switchCase, type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + seed)),
    { shape },
  );

const truth = (value: boolean): Tensor => tensor(value);

describe("cond", () => {
  test("computes the branch that is taken, whatever the compiler does", async () => {
    for (const value of [true, false]) {
      await expectMatchesReference(() => {
        const [x, w] = [numbers([4, 4]), numbers([4, 4], 2)];
        const { y, z } = cond(
          truth(value),
          (a: Tensor) => ({ y: T.matmul(a, w), z: T.sum(a) }),
          (a: Tensor) => ({ y: a, z: T.sum(T.exp(w)) }),
          x,
        );
        return [y, T.add(z, 1)];
      });
    }
  });

  test("is replayed with either choice, and does the work of one alone", async () => {
    const device = await Device.open();
    const run = compile(
      (p: Tensor, x: Tensor) =>
        cond(
          T.gt(T.sum(p), 0),
          (a: Tensor) => T.log(a),
          (a: Tensor) => T.neg(a),
          x,
        ),
      { device },
    );
    const x = tensor([1, 2, 3]);
    expect(Array.from(await (await run(tensor([2, -1]), x)).data())).toEqual(
      Array.from(Float32Array.of(0, Math.log(2), Math.log(3))),
    );
    expect(Array.from(await (await run(tensor([-2, -1]), x)).data())).toEqual([-1, -2, -3]);
    device.destroy();
  });

  test("takes its branch from numbers that are not bools, as JAX does", () => {
    const of = (predicate: Tensor): number =>
      interpret([
        cond(
          predicate,
          () => tensor(1),
          () => tensor(2),
        ),
      ])[0]![0]!;
    expect([tensor(0), tensor(-0.5), tensor(3, { dtype: "i32" })].map(of)).toEqual([2, 1, 1]);
  });

  test("nests, in others and in scans", async () => {
    await expectMatchesReference(() => {
      // A Collatz sequence, of which every third step is doubled.
      const step = (state: Tensor, k: Tensor) => {
        const even = T.eq(T.rem(state, 2), 0);
        const next = cond(
          even,
          (n: Tensor) => T.div(n, 2),
          (n: Tensor) =>
            cond(
              T.eq(T.rem(k, 3), 0),
              () => T.mul(T.add(T.mul(n, 3), 1), 2),
              () => T.add(T.mul(n, 3), 1),
            ),
          state,
        );
        return { carry: next, y: next };
      };
      return [scan(step, tensor(27, { dtype: "i32" }), T.arange(12)).ys];
    });
  });

  test("has scans in its branches, and empty operands and results", async () => {
    await expectMatchesReference(() => {
      const total = (xs: Tensor): Tensor =>
        scan((sum: Tensor, x: Tensor) => ({ carry: T.add(sum, x), y: undefined }), T.zeros([2]), xs).carry;
      const pick = (value: boolean) =>
        cond(
          truth(value),
          (xs: Tensor, none: Tensor) => ({ sum: total(xs), none: T.exp(none) }),
          (xs: Tensor) => ({ sum: T.reshape(T.slice(xs, [0, 0], [1, 2]), [2]), none: T.ones([0, 3]) }),
          numbers([5, 2]),
          T.zeros([0, 3]),
        );
      return [true, false].flatMap((value) => Object.values(pick(value)));
    });
  });
});

describe("switchCase", () => {
  test("chooses one of several, the first or last where the index is beyond them", async () => {
    for (const [index, expected, dtype] of [
      [-3, 10, "i32"],
      [0, 10, "i32"],
      [1, 21, "i32"],
      [2, 42, "i32"],
      [9, 42, "i32"],
      [3e9, 42, "u32"],
    ] as const) {
      const run = compile((i: Tensor, x: Tensor) =>
        switchCase(
          i,
          [(a: Tensor) => T.add(a, 9), (a: Tensor) => T.add(a, 20), (a: Tensor) => T.add(a, 41)],
          x,
        ),
      );
      expect(await (await run(tensor(index, { dtype }), tensor(1))).item()).toBe(expected);
    }
  });
});
