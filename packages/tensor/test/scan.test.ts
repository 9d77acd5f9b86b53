import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { compile, Device, scan, type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference, settings } from "./against.js";
import { webgpu } from "./webgpu.js";

const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + seed)),
    { shape },
  );

/** A turn of an Elman network: h' = tanh(x W + h U + b). */
const cell =
  (w: Tensor, u: Tensor, b: Tensor) =>
  (h: Tensor, x: Tensor): { readonly carry: Tensor; readonly y: Tensor } => {
    const next = T.tanh(T.add(T.add(T.matmul(x, w), T.matmul(h, u)), b));
    return { carry: next, y: T.mul(next, 2) };
  };

/** What scan does, with the turns written out. */
function unrolled(
  f: ReturnType<typeof cell>,
  init: Tensor,
  xs: Tensor,
  reverse = false,
): { readonly carry: Tensor; readonly ys: Tensor } {
  const length = xs.shape[0]!;
  const ys: Tensor[] = [];
  let carry = init;
  for (let turn = 0; turn < length; turn++) {
    const i = reverse ? length - 1 - turn : turn;
    const result = f(carry, T.reshape(T.slice(xs, [i], [i + 1]), xs.shape.slice(1)));
    ({ carry } = result);
    ys[i] = result.y;
  }
  return { carry, ys: T.stack(ys, 0) };
}

describe("scan", () => {
  test("computes what its turns compute, whatever the compiler does", async () => {
    for (const [length, reverse] of [
      [1, false],
      [4, true],
      [5, false],
    ] as const) {
      await expectMatchesReference(() => {
        const f = cell(numbers([3, 4]), numbers([4, 4], 2), numbers([4], 3));
        const { carry, ys } = scan(f, numbers([2, 4], 4), numbers([length, 2, 3], 5), { reverse });
        return [carry, ys];
      });
    }
  });

  test("is, bit for bit, its turns written out", async () => {
    const run = (f: typeof unrolled) =>
      compile((w: Tensor, u: Tensor, b: Tensor, h: Tensor, xs: Tensor, reverse: Tensor) =>
        f(cell(w, u, b), h, xs, reverse.shape.length > 0),
      );
    for (const reverse of [tensor(0), tensor([1])]) {
      const args = [numbers([8, 16]), numbers([16, 16], 2), numbers([16], 3), numbers([4, 16], 4)] as const;
      const xs = numbers([7, 4, 8], 5);
      const once = await run((f, init, all, backwards) =>
        scan(f, init, all, { reverse: backwards ?? false }),
      )(...args, xs, reverse);
      const written = await run(unrolled)(...args, xs, reverse);
      expect(await once.carry.data()).toEqual(await written.carry.data());
      expect(await once.ys.data()).toEqual(await written.ys.data());
    }
  });

  test("compiles its kernels once, and replays them", async () => {
    const device = await Device.open();
    const run = compile(
      (w: Tensor, u: Tensor, b: Tensor, h: Tensor, xs: Tensor) => scan(cell(w, u, b), h, xs),
      { device },
    );
    const stats = async (length: number): Promise<{ dispatches: number; pipelines: number }> => {
      const args = [numbers([3, 4]), numbers([4, 4], 2), numbers([4], 3), numbers([2, 4], 4)] as const;
      const xs = numbers([length, 2, 3], 5);
      await run(...args, xs);
      const before = device.stats();
      const { ys } = await run(...args, xs);
      const after = device.stats();
      await ys.data();
      expect(after.pipelines).toBe(before.pipelines);
      expect(after.bindGroupsCreated - before.bindGroupsCreated).toBeLessThanOrEqual(3);
      return { dispatches: after.dispatches - before.dispatches, pipelines: after.pipelines };
    };
    const [short, long] = [await stats(3), await stats(512)];
    expect(long.pipelines).toBe(short.pipelines);
    // Gathering x for its product, two products, and what is made of them, which on a GPU the second product does.
    expect(long.dispatches).toBe(512 * (device.traits.kind === "gpu" ? 3 : 4));
    device.destroy();
  });

  test("goes on where a loop is too long for one submission", async () => {
    const count = (c: Tensor) => ({ carry: T.add(c, 1), y: c });
    const run = compile((s: Tensor) => scan(count, s, undefined, { length: 5001 }));
    const { carry, ys } = await run(T.zeros([1]));
    expect(await carry.item()).toBe(5001);
    const all = await ys.data();
    expect([all[0], all[4095], all[4096], all[5000]]).toEqual([0, 4095, 4096, 5000]);
  });

  test("keeps two places for its state, of which one may be a donated argument's", async () => {
    const grow = (s: Tensor) => ({ carry: T.add(T.mul(s, 1.5), 1), y: undefined });
    const bytes = 4096;
    for (const length of [1, 2, 3, 4]) {
      const run = (s: Tensor): Tensor => scan(grow, s, undefined, { length }).carry;
      const analysis = async (donate: readonly number[]): Promise<number> =>
        (await T.memoryAnalysis(run, { donate, device: await webgpu() })(numbers([1024]))).temporaryBytes;
      expect(await analysis([])).toBe(length > 1 ? bytes : 0);
      expect(await analysis([0])).toBe(length % 2 === 0 ? bytes : 0);
      const step = compile(run, { donate: [0] });
      const expected = Float64Array.from(await numbers([1024]).data());
      for (let turn = 0; turn < 2 * length; turn++) {
        expected.forEach((x, i) => {
          expected[i] = x * 1.5 + 1;
        });
      }
      const result = await (await step(await step(numbers([1024])))).data();
      result.forEach((x, i) => {
        expect(Math.abs(x - expected[i]!)).toBeLessThan(1e-5 * (1 + Math.abs(expected[i]!)));
      });
    }
  });

  test("takes and returns trees, of all dtypes", async () => {
    await expectMatchesReference(
      () => {
        const { carry, ys } = scan(
          (s, x) => {
            const count = T.add(s.count, 1);
            const isLarge = T.gt(s.nested.sum, 1);
            const sum = T.add(s.nested.sum, T.where(x.flag, x.value, T.neg(x.value)));
            return {
              carry: { count, nested: { sum, flags: T.logicalOr(s.nested.flags, x.flag) }, none: undefined },
              y: { pair: [count, isLarge], value: T.mul(x.value, T.cast(s.count, "f32")) },
            };
          },
          {
            count: T.full([], 3, "u32"),
            nested: { sum: numbers([2]), flags: tensor([false, false]) },
            none: undefined,
          },
          { value: numbers([4, 2], 2), flag: T.gt(numbers([4, 2], 3), 0) },
        );
        return T.flatten([carry, ys]).leaves;
      },
      undefined,
      settings.slice(0, 2),
    );
  });

  test("runs inside a scan, also over elements of the outer one", async () => {
    await expectMatchesReference(
      () => {
        const { carry, ys } = scan(
          (s: Tensor, rows: Tensor) => {
            const inner = scan(
              (t: Tensor, x: Tensor) => ({ carry: T.add(T.mul(t, 0.5), T.mul(x, s)), y: t }),
              s,
              rows,
              { reverse: true },
            );
            return { carry: T.sin(inner.carry), y: T.sum(inner.ys, 0) };
          },
          numbers([3]),
          numbers([4, 5, 3], 2),
        );
        return [carry, ys];
      },
      undefined,
      settings.slice(0, 2),
    );
  });

  test("computes what does not change before the turns", async () => {
    const text = await T.explain(
      (w: Tensor, s: Tensor) => {
        const turn = (state: Tensor) => ({ carry: T.matmul(state, T.exp(T.transpose(w))), y: undefined });
        return scan(turn, s, undefined, { length: 6 }).carry;
      },
      { device: await webgpu() },
    )(numbers([3, 3]), numbers([2, 3]));
    const commands = text.slice(text.indexOf("commands on")).split("\n");
    const loop = commands.indexOf("6 turns");
    expect(commands[loop - 1]).toMatch(/^elementwise (exp|transpose)/);
    expect(commands[loop + 1]).toMatch(/^ {2}matmul/);
    expect(commands[loop + 2]).toBe("");
  });

  test("writes turns out in groups", () => {
    const args = (): Parameters<typeof unrolled> => [
      cell(numbers([3, 4]), numbers([4, 4], 2), numbers([4], 3)),
      numbers([2, 4], 4),
      numbers([7, 2, 3], 5),
    ];
    for (const reverse of [false, true]) {
      const [f, init, xs] = args();
      const expected = unrolled(f, init, xs, reverse);
      for (const unroll of [2, 3, 7, 20]) {
        const { carry, ys } = scan(f, init, xs, { reverse, unroll });
        expect(ys.shape).toEqual([7, 2, 4]);
        expect(interpret([carry, ys])).toEqual(interpret([expected.carry, expected.ys]));
      }
    }
  });

  test("without turns returns the state and nothing else; empty values pass", async () => {
    const init = numbers([2]);
    const none = scan((s: Tensor, x: Tensor) => ({ carry: T.mul(s, x), y: T.sum(x) }), init, T.zeros([0, 2]));
    expect(none.carry).toBe(init);
    expect(none.ys.shape).toEqual([0]);
    await expectMatchesReference(() => {
      const { carry, ys } = scan(
        (s: { a: Tensor; b: Tensor }, x: Tensor) => ({
          carry: { a: T.add(s.a, 1), b: T.mul(s.b, x) },
          y: s.b,
        }),
        { a: numbers([3]), b: T.zeros([0]) },
        T.zeros([4, 0]),
      );
      return [carry.a, carry.b, ys];
    });
  });

  test("says what is wrong with the state, by its name", () => {
    const init = { h: numbers([2]), n: T.full([], 0, "i32") };
    const turns = { length: 3 };
    const wrong = (f: (s: typeof init) => unknown, message: RegExp): void => {
      expect(() => scan(f as never, init, undefined, turns)).toThrow(message);
    };
    wrong(
      (s) => ({ carry: { ...s, h: T.concat([s.h, s.h], 0) }, y: undefined }),
      /scan: the carry "h" goes in as f32 \[2\] and comes out as f32 \[4\]; a carry keeps/,
    );
    wrong(
      (s) => ({ carry: { ...s, n: T.cast(s.n, "f32") }, y: undefined }),
      /the carry "n" .* i32 \[\] .* f32 \[\]/,
    );
    wrong((s) => ({ carry: { h: s.h }, y: undefined }), /structure of init, h, n, got h; return all of it/);
    wrong((s) => [s, undefined], /must return \{ carry, y \}, got .*; write \{ carry, y \} for \[carry, y\]/);
    wrong((s) => Promise.resolve({ carry: s }), /got a Promise; nothing runs while it is traced/);
    wrong((s) => ({ carry: s, y: 3 }), /scan: expected tensors .* got number/);
    expect(() => scan((s: Tensor) => ({ carry: s, y: undefined }), init.h, undefined)).toThrow(
      /give \{ length \}/,
    );
    expect(() => scan((s: Tensor) => ({ carry: s, y: undefined }), init.h, init)).toThrow(
      /xs "n" is i32 \[\] and has no first axis/,
    );
    expect(() =>
      scan((s: Tensor) => ({ carry: s, y: undefined }), init.h, { a: numbers([2]), b: numbers([3]) }),
    ).toThrow(/xs "b" is f32 \[3\], 3 elements along its first axis, but xs "a" has 2/);
    expect(() => scan((s: Tensor) => ({ carry: s, y: undefined }), init.h, numbers([2]), turns)).toThrow(
      /xs is f32 \[2\], 2 elements .* but length is 3/,
    );
  });

  test("is cached by its body: bodies that differ in a number alone are different programs", async () => {
    const limit = (value: number): Tensor =>
      scan((s: Tensor) => ({ carry: T.minimum(s, value), y: undefined }), tensor([5, 7]), undefined, {
        length: 2,
      }).carry;
    expect([...(await limit(Number.POSITIVE_INFINITY).data())]).toEqual([5, 7]);
    expect([...(await limit(Number.NEGATIVE_INFINITY).data())]).toEqual([-Infinity, -Infinity]);
  });
});
