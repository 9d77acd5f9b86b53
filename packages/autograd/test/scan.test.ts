import * as T from "@clidim/tensor";
import { compile, scan, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, test } from "vitest";
import { checkpoint, grad, jacobian, jvp, valueAndGrad, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const numbers = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from({ length: T.sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + seed)),
    { shape },
  );

/** An Elman network over `xs` with a state that starts at `h`. */
const network = (p: { readonly w: Tensor; readonly u: Tensor }, h: Tensor, xs: Tensor, reverse = false) =>
  scan(
    (state: Tensor, x: Tensor) => {
      const next = T.tanh(T.add(T.matmul(x, p.w), T.matmul(state, p.u)));
      return { carry: next, y: T.mul(next, x) };
    },
    h,
    xs,
    { reverse },
  );

/** The same, written out. */
function unrolled(p: { readonly w: Tensor; readonly u: Tensor }, h: Tensor, xs: Tensor, reverse = false) {
  const ys: Tensor[] = [];
  let state = h;
  const length = xs.shape[0]!;
  for (let turn = 0; turn < length; turn++) {
    const i = reverse ? length - 1 - turn : turn;
    const x = T.reshape(T.slice(xs, [i], [i + 1]), xs.shape.slice(1));
    state = T.tanh(T.add(T.matmul(x, p.w), T.matmul(state, p.u)));
    ys[i] = T.mul(state, x);
  }
  return { carry: state, ys: T.stack(ys, 0) };
}

describe("the gradient of scan", () => {
  interface Point {
    readonly p: { readonly w: Tensor; readonly u: Tensor };
    readonly h: Tensor;
    readonly xs: Tensor;
  }
  /** Host values anew: those that were on a device are not looked at by the interpreter. */
  const point = (): Point => ({
    p: { w: numbers([3, 3]), u: numbers([3, 3], 2) },
    h: numbers([2, 3], 3),
    xs: numbers([4, 2, 3], 4),
  });
  type Weights = Point["p"];
  const loss =
    (f: typeof network, reverse: boolean) =>
    (q: Weights, first: Tensor, inputs: Tensor): Tensor => {
      const { carry, ys } = f(q, first, inputs, reverse);
      return T.add(T.sum(T.mul(carry, carry)), T.sum(T.sin(ys)));
    };

  test("is that of the turns written out", () => {
    const { p, h, xs } = point();
    for (const reverse of [false, true]) {
      const [a, b] = [network, unrolled].map((f) => {
        const { value, grads } = valueAndGrad(loss(f, reverse), { argument: [0, 1, 2] })(p, h, xs);
        return interpret([value, ...T.flatten(grads as T.Tree<Tensor>).leaves]);
      });
      a!.forEach((values, k) => {
        values.forEach((value, i) => {
          expect(value).toBeCloseTo(b![k]![i]!, 12);
        });
      });
    }
  });

  test("agrees with differences, to second order", () => {
    const { p, h, xs } = point();
    checkGradients((q: Weights, first: Tensor, inputs: Tensor) => network(q, first, inputs), [p, h, xs]);
  });

  test("on a device, in one program with the value, equals that of the turns written out", async () => {
    const { p, h, xs } = point();
    const step = (f: typeof network) =>
      compile((q: Weights, first: Tensor, inputs: Tensor) =>
        valueAndGrad(loss(f, false), { argument: [0, 1, 2] })(q, first, inputs),
      );
    const [a, b] = [await step(network)(p, h, xs), await step(unrolled)(p, h, xs)];
    const [left, right] = [a, b].map(({ value, grads }) => [
      value,
      ...T.flatten(grads as T.Tree<Tensor>).leaves,
    ]);
    for (const [k, x] of left!.entries()) {
      const [got, expected] = [await x.data(), await right![k]!.data()];
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 5);
      });
    }
  });

  test("goes through the states once: what it needs of the turns comes from the scan of the value", async () => {
    const { p, h, xs } = point();
    const text = await T.explain((q: Weights, first: Tensor, inputs: Tensor) =>
      valueAndGrad(loss(network, false), { argument: 0 })(q, first, inputs),
    )(p, h, xs);
    expect(text.match(/ turns$/gm)).toHaveLength(2);
  });

  test("of states that are integers, keys and bools, and of values closed over", () => {
    const scale = numbers([3], 5);
    checkGradients(
      (s: Tensor, first: Tensor) => {
        const { carry, ys } = scan(
          ({ x, count, key, isOdd }) => {
            const [now, next] = T.split(key);
            const kept = T.bernoulli(now, 0.5, [3]);
            const grown = T.mul(T.add(x, s), T.where(kept, T.cast(T.where(isOdd, 2, -1), "f32"), 0.5));
            return {
              carry: { x: T.sin(grown), count: T.add(count, 1), key: next, isOdd: T.not(isOdd) },
              y: { grown, count },
            };
          },
          { x: first, count: T.full([], 0, "i32"), key: T.key(3), isOdd: tensor(false) },
          undefined,
          { length: 5 },
        );
        return { x: carry.x, grown: ys.grown, scaled: T.mul(T.cast(ys.count, "f32"), carry.x.shape.length) };
      },
      [scale, numbers([3], 6)],
    );
  });

  test("of a scan inside a scan, under checkpoint, and of a checkpoint inside", () => {
    const turn = (w: Tensor) => (state: Tensor, x: Tensor) => {
      const inner = scan((s: Tensor) => ({ carry: T.tanh(T.mul(s, w)), y: T.mul(s, x) }), state, undefined, {
        length: 3,
      });
      return { carry: inner.carry, y: T.sum(inner.ys, 0) };
    };
    const run = (around: "none" | "turn" | "all") => (w: Tensor, first: Tensor, inputs: Tensor) => {
      const body = around === "turn" ? checkpoint(turn(w)) : turn(w);
      const all = (s: Tensor, i: Tensor) => scan(body, s, i);
      return around === "all" ? checkpoint(all)(first, inputs) : all(first, inputs);
    };
    for (const around of ["none", "turn", "all"] as const) {
      checkGradients(run(around), [numbers([3], 1), numbers([3], 2), numbers([4, 3], 3)]);
    }
  });

  test("forward, as a Jacobian-vector product", () => {
    const { p, h, xs } = point();
    const f = (first: Tensor, inputs: Tensor) => network(p, first, inputs);
    const g = (first: Tensor, inputs: Tensor) => unrolled(p, first, inputs);
    const [a, b] = [f, g].map((one) => {
      const { tangent } = jvp(one, [h, xs], [numbers([2, 3], 7), numbers([4, 2, 3], 8)]);
      return interpret([tangent.carry, tangent.ys]);
    });
    a!.forEach((values, k) => {
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(b![k]![i]!, 12);
      });
    });
  });

  test("keeps the states alone under checkpoint", async () => {
    type Turn = (state: Tensor) => { readonly carry: Tensor; readonly y: undefined };
    const wide = (f: (body: Turn) => Turn) => (w: Tensor, first: Tensor) => {
      const body: Turn = (state) => ({
        carry: T.tanh(T.sin(T.exp(T.mul(T.tanh(T.mul(state, w)), w)))),
        y: undefined,
      });
      return T.sum(scan(f(body), first, undefined, { length: 64 }).carry);
    };
    const [w, first] = [numbers([1024]), numbers([1024], 2)];
    const bytes = async (f: Parameters<typeof wide>[0]): Promise<number> =>
      (await T.memoryAnalysis(grad(wide(f)))(w, first)).temporaryBytes;
    const states = 64 * 1024 * 4;
    const kept = await bytes((body) => body);
    const recomputed = await bytes(checkpoint);
    expect(recomputed).toBeLessThan(1.5 * states);
    expect(kept).toBeGreaterThan(3 * states);
  });

  test("does not flow where nothing depends on what is differentiated", () => {
    const f = (x: Tensor) => {
      const { carry, ys } = scan(
        (s: { a: Tensor; b: Tensor }) => ({ carry: { a: T.add(s.a, 1), b: T.mul(s.b, 2) }, y: s.a }),
        { a: T.zeros([2]), b: x },
        undefined,
        { length: 3 },
      );
      return T.add(T.sum(ys), T.sum(T.mul(carry.a, carry.b)));
    };
    // The sum of 3 * 2^3 x.
    expect([...interpret([grad(f)(numbers([2]))])[0]!]).toEqual([24, 24]);
  });
});

describe("vmap of scan", () => {
  const turn = (w: Tensor) => (s: { h: Tensor; n: Tensor; t: Tensor }, x: Tensor) => {
    const h = T.tanh(T.add(T.matmul(T.reshape(s.h, [1, 3]), w), x));
    return {
      carry: { h: T.reshape(h, [3]), n: T.add(s.n, 1), t: T.add(s.t, T.sum(s.h)) },
      y: { h: T.mul(s.h, T.cast(s.n, "f32")), n: s.n },
    };
  };
  const run = (w: Tensor, h: Tensor, xs: Tensor) =>
    scan(turn(w), { h, n: T.full([], 0, "i32"), t: T.full([], 0) }, xs);

  test("is that of each example, whichever operands differ, and leaves the rest alone", () => {
    const [size, length] = [2, 3];
    const all = [numbers([size, 3, 3]), numbers([size, 3], 2), numbers([size, length, 3], 3)] as const;
    const one = (i: number, k: number): Tensor => T.take(all[k]!, T.full([], i, "i32"), 0);
    for (const differ of [
      [true, false, false],
      [false, true, false],
      [false, false, true],
      [true, true, true],
    ]) {
      const axes = differ.map((isOne) => (isOne ? 0 : null)) as [number, number, number];
      const args = differ.map((isOne, k) => (isOne ? all[k]! : one(0, k))) as [Tensor, Tensor, Tensor];
      const mapped = vmap(run, { inAxes: axes })(...args);
      expect(mapped.carry.n.shape).toEqual([size]);
      const leaves = interpret(T.flatten(mapped).leaves);
      for (let i = 0; i < size; i++) {
        const alone = run(...(differ.map((isOne, k) => one(isOne ? i : 0, k)) as [Tensor, Tensor, Tensor]));
        interpret(T.flatten(alone).leaves).forEach((expected, k) => {
          const found = leaves[k]!.slice(i * expected.length, (i + 1) * expected.length);
          expect([...found]).toEqual([...expected]);
        });
      }
    }
    const shared = vmap(run, {
      inAxes: [null, 0, null],
      outAxes: { carry: { h: 0, n: null, t: 0 }, ys: { h: 1, n: null } },
    });
    expect(shared(one(0, 0), all[1], one(0, 2)).ys.n.shape).toEqual([length]);
  });

  test("takes gradients inside and around", () => {
    const loss = (w: Tensor, h: Tensor): Tensor => {
      const { carry, ys } = run(w, h, numbers([3, 3], 3));
      return T.add(T.sum(carry.h), T.sum(T.mul(ys.h, ys.h)));
    };
    const [w, h] = [numbers([3, 3]), numbers([2, 3], 2)];
    const each = interpret([vmap(grad(loss), { inAxes: [null, 0] })(w, h)])[0]!;
    const sums = interpret([grad((q: Tensor) => T.sum(vmap(loss, { inAxes: [null, 0] })(q, h)))(w)])[0]!;
    sums.forEach((sum, i) => {
      expect(each[i]! + each[9 + i]!).toBeCloseTo(sum, 12);
    });
    checkGradients((q: Tensor, first: Tensor) => vmap(loss, { inAxes: [null, 0] })(q, first), [w, h]);
    const [forward, backward] = (["forward", "reverse"] as const).map((mode) =>
      interpret([jacobian((q: Tensor) => run(q, numbers([3], 2), numbers([3, 3], 3)).ys.h, { mode })(w)]),
    );
    forward![0]!.forEach((value, i) => {
      expect(value).toBeCloseTo(backward![0]![i]!, 12);
    });
  });
});
