import {
  add,
  arange,
  argmax,
  bernoulli,
  cast,
  compile,
  foldIn,
  key,
  matmul,
  mul,
  scan,
  sin,
  slice,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
  zeros,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { normal } from "@clidim/testing/fills";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { checkpoint, grad, linearize, vmap } from "../src/index.js";

const example = (x: Tensor, i: number): Tensor =>
  squeeze(
    slice(
      x,
      x.shape.map((_, axis) => (axis === 0 ? i : 0)),
      x.shape.with(0, i + 1),
    ),
    0,
  );

const loop = (f: (...examples: Tensor[]) => Tensor, ...batches: Tensor[]): Tensor =>
  stack(
    Array.from({ length: batches[0]!.shape[0]! }, (_, i) => f(...batches.map((batch) => example(batch, i)))),
    0,
  );

function expectSame(actual: Tensor, expected: Tensor, tolerance = 1e-12): void {
  expect(String(actual)).toBe(String(expected));
  const [a, b] = interpret([actual, expected]);
  expectClose([...a!], [...b!], tolerance);
}

/** A recurrence over `xs` [T, 3], its last state and what each turn leaves behind, in one tensor [T + 1, 3]. */
const recurrence = (w: Tensor, first: Tensor, xs: Tensor, reverse = false): Tensor => {
  const { carry, ys } = scan(
    (state: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(state, w), x));
      return { carry: next, y: mul(next, sin(x)) };
    },
    first,
    xs,
    { reverse },
  );
  return stack([carry, sum(ys, 0), example(ys, 0)], 0);
};

const [w, first, xs] = [normal([2, 3, 3], 1), normal([2, 3], 2), normal([2, 4, 3], 3)];

describe("vmap of scan", () => {
  it("takes a state that differs only after some turns, and leaves one that never does alone", () => {
    const f = (x: Tensor): Tensor => {
      const { carry } = scan(
        (s: { a: Tensor; b: Tensor; c: Tensor }) => ({
          carry: { a: add(s.b, 1), b: mul(s.a, x), c: sin(s.c) },
          y: undefined,
        }),
        { a: tensor(1), b: tensor(2), c: tensor(3) },
        undefined,
        { length: 3 },
      );
      return add(add(carry.a, mul(carry.b, 10)), carry.c);
    };
    const x = normal([4], 1);
    expectSame(vmap(f)(x), loop(f, x));
  });

  it("draws for each example from keys in the state", () => {
    const f = (k: Tensor): Tensor => {
      const { carry } = scan(
        (s: { x: Tensor; key: Tensor }) => {
          const [now, next] = split(s.key);
          return {
            carry: { x: where(bernoulli(now, 0.5, [3]), add(s.x, 1), mul(s.x, 3)), key: next },
            y: undefined,
          };
        },
        { x: zeros([3]), key: k },
        undefined,
        { length: 5 },
      );
      return carry.x;
    };
    const keys = vmap((i: Tensor) => foldIn(key(5), i))(arange(0, 3, 1, "u32"));
    expectSame(vmap(f)(keys), loop(f, keys));
  });

  it("is nested, with gradients inside and outside, and checkpoints", () => {
    const loss = (w: Tensor, first: Tensor, xs: Tensor): Tensor => sum(sin(recurrence(w, first, xs)));
    const shared = example(w, 0);
    const each = vmap(grad(loss), { inAxes: [null, 0, 0] })(shared, first, xs);
    expectSame(
      each,
      loop((first, xs) => grad(loss)(shared, first, xs), first, xs),
    );
    const outside = grad((w: Tensor) => sum(vmap(loss, { inAxes: [null, 0, 0] })(w, first, xs)))(shared);
    expectSame(outside, sum(each, 0));
    const twice = vmap(vmap(recurrence, { inAxes: [null, 0, null] }), { inAxes: [0, null, 0] })(w, first, xs);
    expectSame(
      twice,
      loop((w, xs) => loop((first) => recurrence(w, first, xs), first), w, xs),
    );
    const kept = (x: Tensor): Tensor =>
      sum(
        scan(
          checkpoint((s: Tensor) => ({ carry: tanh(mul(s, x)), y: cast(argmax(s, 0), "f32") })),
          normal([3], 9),
          undefined,
          { length: 3 },
        ).carry,
      );
    expectSame(vmap(grad(kept))(first), loop(grad(kept), first));
    const sums = (x: Tensor): Tensor => sum(vmap(kept)(x));
    expectSame(grad(sums)(first), loop(grad(kept), first));
  });

  it("has nothing for no examples", () => {
    const none = vmap(recurrence, { inAxes: [null, null, 0] })(
      example(w, 0),
      example(first, 0),
      normal([0, 4, 3]),
    );
    expect(none.shape).toEqual([0, 3, 3]);
  });

  it("runs on the device", async () => {
    const f = (w: Tensor, first: Tensor, xs: Tensor): Tensor => recurrence(w, first, xs);
    const expected = valuesOf(loop(f, w, first, xs));
    const all = await compile(vmap(f))(w, first, xs);
    expectClose([...(await all.data())], expected, 1e-5);
  });
});

describe("forward mode of scan", () => {
  it("pushes no tangents where none go in, and zeros through states that none reach", () => {
    const { pushforward } = linearize(
      (x: Tensor, y: Tensor) =>
        scan((s: Tensor, e: Tensor) => ({ carry: mul(s, 2), y: mul(e, y) }), tensor(1), x),
      normal([3], 1),
      tensor(2),
    );
    const { carry, ys } = pushforward(tensor([1, 2, 3]), tensor(0));
    expect(valuesOf(carry)).toEqual([0]);
    expect(valuesOf(ys)).toEqual([2, 4, 6]);
  });
});
