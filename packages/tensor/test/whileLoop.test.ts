import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { compile, Device, foriLoop, scan, type Tensor, tensor, whileLoop } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const whole = (value: number): Tensor => tensor(value, { dtype: "i32" });

describe("whileLoop", () => {
  test("computes what its turns compute, whatever the compiler does", async () => {
    await expectMatchesReference(() => {
      const m = tensor([
        [0.5, 0.25],
        [0.1, 0.3],
      ]);
      // Euclid's algorithm, whose states change places, beside products, which are not made where their operands lie.
      const state = whileLoop(
        ({ b, x }) => T.and(T.ne(b, 0), T.gt(T.max(T.abs(x)), 1e-3)),
        ({ a, b, x, n }) => ({ a: b, b: T.rem(a, b), x: T.matmul(m, x), n: T.add(n, 1) }),
        { a: whole(1071), b: whole(462), x: T.ones([2, 2]), n: whole(0) },
        { maxSteps: 20 },
      );
      return Object.values(state);
    });
  });

  test("runs as often as the condition holds, but not more often than it may, in every call of one program", async () => {
    const device = await Device.open();
    // Collatz: how many steps it is to 1.
    const run = compile(
      (n: Tensor) =>
        whileLoop(
          ({ n }) => T.ne(n, 1),
          ({ n, steps }) => ({
            n: T.where(T.eq(T.rem(n, 2), 0), T.div(n, 2), T.add(T.mul(n, 3), 1)),
            steps: T.add(steps, 1),
          }),
          { n, steps: whole(0) },
          { maxSteps: 120 },
        ).steps,
      { device },
    );
    for (const n of [27, 1, 6, 97, 3, 871]) {
      let [steps, k] = [0, n];
      for (; k !== 1 && steps < 120; steps++) k = k % 2 === 0 ? k / 2 : 3 * k + 1;
      expect(await (await run(whole(n))).item(), `${n}`).toBe(steps);
    }
    const before = device.stats().dispatches;
    await run(whole(27));
    // A turn is one kernel, and the one that asks whether there is another.
    expect(device.stats().dispatches - before).toBeLessThanOrEqual(4 + 2 * 120);
    device.destroy();
  });

  test("nests, in others and in scans, whose turns differ in how many there are", async () => {
    await expectMatchesReference(() => {
      const sums = scan(
        (total: Tensor, limit: Tensor) => {
          // For i below limit, i doubled while it is below 10, but three times at most.
          const { sum } = whileLoop(
            ({ i }) => T.lt(i, limit),
            ({ i, sum }) => ({
              i: T.add(i, 1),
              sum: T.add(
                sum,
                whileLoop(
                  (x: Tensor) => T.lt(x, 10),
                  (x: Tensor) => T.mul(x, 2),
                  T.add(i, 1),
                  { maxSteps: 3 },
                ),
              ),
            }),
            { i: whole(0), sum: total },
            { maxSteps: 8 },
          );
          return { carry: sum, y: sum };
        },
        whole(0),
        tensor([3, 0, 5, 1], { dtype: "i32" }),
      );
      return [sums.ys];
    });
  });

  test("takes over the memory of its first state, and leaves alone what others read", async () => {
    const halve = (x: Tensor): Tensor =>
      whileLoop(
        (y: Tensor) => T.gt(T.max(y), 1),
        (y: Tensor) => T.mul(y, 0.5),
        x,
        { maxSteps: 12 },
      );
    const step = compile(halve, { donate: [0] });
    expect(Array.from(await (await step(tensor([6, 40, 3]))).data())).toEqual([6 / 64, 40 / 64, 3 / 64]);
    const both = compile((x: Tensor) => ({
      before: T.mul(x, 1),
      after: halve(x),
      same: halve(T.add(x, 0.5)),
    }));
    const x = tensor([6, 40, 3]);
    const { before, after, same } = await both(x);
    expect(Array.from(await before.data())).toEqual([6, 40, 3]);
    expect(Array.from(await x.data())).toEqual([6, 40, 3]);
    expect(Array.from(await after.data())).toEqual([6 / 64, 40 / 64, 3 / 64]);
    expect(Array.from(await same.data())).toEqual([6.5 / 64, 40.5 / 64, 3.5 / 64]);
  });

  test("has no turn where the condition does not hold at first, and empty states", async () => {
    const run = compile((x: Tensor) =>
      whileLoop(
        ({ x }) => T.gt(T.sum(x), 0),
        ({ x, none }) => ({ x: T.sub(x, 1), none: T.mul(none, 2) }),
        { x, none: T.zeros([0, 2]) },
        { maxSteps: 5 },
      ),
    );
    expect(Array.from(await (await run(tensor([-1, 0]))).x.data())).toEqual([-1, 0]);
    const { x, none } = await run(tensor([3, 2]));
    expect(Array.from(await x.data())).toEqual([0, -1]);
    expect(none.shape).toEqual([0, 2]);
    expect((await none.data()).length).toBe(0);
  });

  test("says what is wrong with what it is given", () => {
    const x = tensor([1, 2]);
    const most = { maxSteps: 3 };
    expect(() =>
      whileLoop(
        (y: Tensor) => T.gt(y, 0),
        (y: Tensor) => y,
        x,
        most,
      ),
    ).toThrow(
      "whileLoop: the condition must return a bool without axes, got bool [2]; compare, and reduce with any or all",
    );
    expect(() =>
      whileLoop(
        () => tensor(true),
        (y: Tensor) => T.sum(y),
        x,
        most,
      ),
    ).toThrow(/whileLoop: the carry goes in as f32 \[2\] and comes out as f32 \[\]/);
    expect(() => foriLoop(0, 2.5, (_i, y: Tensor) => y, x)).toThrow(
      "foriLoop: bounds must be whole numbers from -2^31 to 2^31 - 1, got 2.5",
    );
    expect(() => foriLoop(0, tensor([2], { shape: [], dtype: "i32" }), (_i, y: Tensor) => y, x)).toThrow(
      "foriLoop: with a tensor as a bound, expected the most turns there can be; write { maxSteps: 100 }",
    );
  });
});

describe("foriLoop", () => {
  test("counts, with bounds that are numbers and with bounds that are not", async () => {
    await expectMatchesReference(() => [
      foriLoop(2, 6, (i, s: Tensor) => T.mul(T.add(s, T.cast(i, "f32")), 0.5), tensor(1)),
      foriLoop(whole(2), whole(6), (i, s: Tensor) => T.mul(T.add(s, T.cast(i, "f32")), 0.5), tensor(1), {
        maxSteps: 9,
      }),
      foriLoop(6, 2, (_i, s: Tensor) => T.add(s, 1), tensor(1)),
    ]);
  });
});
