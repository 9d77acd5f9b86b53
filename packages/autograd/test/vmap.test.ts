import {
  add,
  arange,
  argmax,
  cast,
  compile,
  conv2d,
  normal as drawNormal,
  evaluate,
  exp,
  foldIn,
  key,
  matmul,
  maxPool2d,
  mean,
  mul,
  permutation,
  relu,
  reshape,
  sin,
  slice,
  softmax,
  sort,
  split,
  square,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { runsOr, seeds } from "@clidim/testing/arbitraries";
import { indices, normal } from "@clidim/testing/fills";
import { expectClose, valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  checkpoint,
  customVjp,
  grad,
  hessianVectorProduct,
  jvp,
  stopGradient,
  vjp,
  vmap,
} from "../src/index.js";
import { checkGradients } from "../src/testing.js";

/** Example `i` of a batch along axis 0. */
const example = (x: Tensor, i: number): Tensor => {
  const start = x.shape.map((_, axis) => (axis === 0 ? i : 0));
  return squeeze(slice(x, start, x.shape.with(0, i + 1)), 0);
};

/** What `f` gives for each example, one after the other. */
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

describe("vmap", () => {
  const [a, b] = [normal([4, 3], 1), normal([4, 3], 2)];
  const cosine = (a: Tensor, b: Tensor): Tensor => sum(mul(softmax(a), sin(b)));

  it("is a function of one example, of all of them", () => {
    const all = vmap(cosine)(a, b);
    expect(all.shape).toEqual([4]);
    expectSame(all, loop(cosine, a, b));
  });

  it("takes the examples from any axis and puts them at any, negative ones from the end", () => {
    const f = (x: Tensor): Tensor => matmul(x, transpose(x));
    const x = normal([2, 4, 3], 5);
    const moved = vmap(f, { inAxes: 1, outAxes: -1 })(x);
    expect(moved.shape).toEqual([2, 2, 4]);
    expectSame(transpose(moved, [2, 0, 1]), loop(f, transpose(x, [1, 0, 2])));
    expectSame(vmap(f, { inAxes: [-2], outAxes: 2 })(x), moved);
  });

  it("shares what is null, which may be anything, and what the function closes over", () => {
    const weight = normal([3, 2], 3);
    const f = (x: Tensor, weight: Tensor, scale: number): Tensor =>
      mul(matmul(add(x, example(b, 0)), weight), scale);
    const all = vmap(f, { inAxes: [0, null, null] })(a, weight, 3);
    expectSame(
      all,
      loop((x) => f(x, weight, 3), a),
    );
    // One product, with the examples as rows.
    expect(all.definition.op).toBe("mul");
    const found = new Set([all]);
    for (const { definition } of found) for (const input of definition.inputs) found.add(input);
    const products = [...found].filter(({ definition }) => definition.op === "matmul");
    expect(products.map(({ shape }) => shape)).toEqual([[4, 2]]);
  });

  it("maps trees, with an axis for all of one, or a tree of axes", () => {
    type Layer = { readonly weight: Tensor; readonly bias: Tensor };
    const f = ({ weight, bias }: Layer, { x, rows }: { x: Tensor; rows: readonly Tensor[] }) => ({
      y: add(matmul(x, weight), bias),
      rest: [mul(rows[0]!, bias)],
    });
    const layer = { weight: normal([3, 2], 1), bias: normal([4, 2], 2) };
    const input = { x: a, rows: [normal([2, 4], 3)] };
    const options = {
      inAxes: [
        { weight: null, bias: 0 },
        { x: 0, rows: [1] },
      ],
    } as const;
    const all = vmap(f, { ...options, outAxes: { y: 1, rest: 0 } })(layer, input);
    expectTypeOf(all).toEqualTypeOf<{ y: Tensor; rest: Tensor[] }>();
    expect(all.y.shape).toEqual([2, 4]);
    expectSame(
      transpose(all.y),
      loop((bias, x) => f({ ...layer, bias }, { x, rows: [bias] }).y, layer.bias, a),
    );
    expectSame(
      all.rest[0]!,
      loop((bias, row) => mul(row, bias), layer.bias, transpose(input.rows[0]!)),
    );
  });

  it("gives back a result that no example changes once for outAxes null, repeated otherwise", () => {
    const f = (x: Tensor): Tensor[] => [mul(x, 2), exp(example(b, 0))];
    const [, once] = vmap(f, { outAxes: [0, null] })(a);
    expectSame(once!, exp(example(b, 0)));
    expect(vmap(f)(a)[1]!.shape).toEqual([4, 3]);
  });

  it("takes the number of examples from axisSize where no argument has it, and none of them", () => {
    expect(vmap(() => tensor([1, 2]), { axisSize: 3 })().shape).toEqual([3, 2]);
    const none = vmap((x: Tensor, w: Tensor) => conv2d(x, w), { inAxes: [0, 0] })(
      normal([0, 1, 4, 4, 2]),
      normal([0, 3, 3, 2, 5]),
    );
    expect(none.shape).toEqual([0, 1, 2, 2, 5]);
  });

  it("is nested, each with its own axis", () => {
    const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
    const gram = vmap(vmap(dot, { inAxes: [null, 0] }), { inAxes: [0, null] });
    expectSame(gram(a, b), matmul(a, transpose(b)));
    // An index of its own in every row of every matrix.
    const x = normal([2, 3, 4], 7);
    const at = indices([2, 3, 2], 4, 8);
    const rows = vmap(vmap((row: Tensor, at: Tensor) => take(row, at, 0)))(x, at);
    expectSame(
      rows,
      loop((x, at) => loop((row, at) => take(row, at, 0), x, at), x, at),
    );
  });

  it("draws for each key what it draws alone, and the same for all of one key", () => {
    const keys = vmap((i: Tensor) => foldIn(key(7), i))(arange(0, 5, 1, "u32"));
    const draw = (key: Tensor): Tensor => {
      const [first, second] = split(key);
      return add(drawNormal(first, [3]), cast(permutation(second, 3), "f32"));
    };
    expectSame(vmap(draw)(keys), loop(draw, keys));
    const same = vmap((x: Tensor) => add(mul(x, 0), drawNormal(key(1), [3])))(a);
    expectSame(example(same, 0), example(same, 3));
  });

  it("compiles into one program on the device", async () => {
    const f = (x: Tensor, at: Tensor): Tensor => take(sort(tanh(x)), at, 0);
    const at = indices([4, 2], 3, 1);
    const expected = valuesOf(loop(f, a, at));
    expectClose([...(await (await compile(vmap(f))(a, at)).data())], expected, 1e-6);
  });
});

describe("vmap and gradients", () => {
  type Network = { readonly kernel: Tensor; readonly dense: Tensor; readonly bias: Tensor };
  const network: Network = {
    kernel: normal([3, 3, 1, 4], 1),
    dense: normal([4 * 2 * 2, 3], 2),
    bias: normal([3], 3),
  };
  const images = normal([5, 6, 6, 1], 4);
  const targets = normal([5, 3], 5);
  /** The loss of one image [6, 6, 1]. */
  const loss = ({ kernel, dense, bias }: Network, image: Tensor, target: Tensor): Tensor => {
    const features = maxPool2d(relu(conv2d(reshape(image, [1, 6, 6, 1]), kernel)), { kernel: 2 });
    const scores = add(matmul(reshape(features, [1, 16]), dense), bias);
    return mean(square(sub(scores, target)));
  };

  it("gives the gradient of each example of a convolutional network", async () => {
    const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] });
    const all = perExample(network, images, targets);
    expectTypeOf(all).toEqualTypeOf<Network>();
    const parts = (["kernel", "dense", "bias"] as const).map((name) =>
      loop((image, target) => grad(loss)(network, image, target)[name], images, targets),
    );
    const expected = parts.map(valuesOf);
    [all.kernel, all.dense, all.bias].forEach((gradient, i) => {
      expect(gradient.shape).toEqual(parts[i]!.shape);
      expectClose(valuesOf(gradient), expected[i]!, 1e-12);
    });
    await evaluate([all.kernel, all.dense, all.bias]);
    for (const [i, gradient] of [all.kernel, all.dense, all.bias].entries()) {
      expectClose([...(await gradient.data())], expected[i]!, 1e-4);
    }
  });

  it("is differentiated, and the mean of its gradients is the gradient of the mean", () => {
    const images = normal([5, 6, 6, 1], 4);
    const network = { kernel: normal([3, 3, 1, 4], 1), dense: normal([16, 3], 2), bias: normal([3], 3) };
    const losses = vmap(loss, { inAxes: [null, 0, 0] });
    const whole = grad((n: Network) => mean(losses(n, images, normal([5, 3], 5))))(network);
    const each = vmap(grad(loss), { inAxes: [null, 0, 0] })(network, images, normal([5, 3], 5));
    expectSame(whole.kernel, mean(each.kernel, 0));
    expectSame(whole.dense, mean(each.dense, 0));
  });

  it("goes with jvp, second derivatives and itself, inside and outside", () => {
    const x = normal([4, 3], 1);
    const f = (x: Tensor): Tensor => sum(mul(sin(x), exp(tanh(x))));
    const second = (x: Tensor): Tensor => hessianVectorProduct(f, x, x);
    expectSame(vmap(second)(x), loop(second, x));
    const along = (x: Tensor): Tensor => jvp(f, [x], [x]).tangent;
    expectSame(vmap(along)(x), loop(along, x));
    const { tangent } = jvp(vmap(f), [x], [x]);
    expectSame(tangent, vmap(along)(x));
    const twice = grad((x: Tensor) => sum(vmap(grad(f))(x)));
    expectSame(
      twice(x),
      loop((x) => grad((x: Tensor) => sum(grad(f)(x)))(x), x),
    );
  });

  it("checks by differences, gathers and scatters of each example included", () => {
    const at = indices([3, 2], 4, 3);
    const f = vmap((x: Tensor, w: Tensor): Tensor => {
      const rows = vmap((row: Tensor, at: Tensor) => take(row, at, 0), { inAxes: [null, 0] })(x, at);
      return matmul(tanh(rows), w);
    });
    checkGradients(f, [normal([2, 4], 1), normal([2, 2, 2], 2)]);
    const ownRows = vmap((x: Tensor, at: Tensor): Tensor => sin(take(x, at, 0)));
    checkGradients((x: Tensor) => ownRows(x, at), [normal([3, 4], 1)]);
  });

  it("carries a gradient of one's own, which is summed over the examples for what they share", () => {
    // The gradient is ten times the true one.
    const scaled = customVjp(
      (x: Tensor, w: Tensor) => ({ y: mul(x, w), best: argmax(x, 0), size: square(w) }),
      ({ y, size }, [x, w]) => [mul(mul(y, w), 10), mul(add(mul(y, x), mul(size, mul(w, 2))), 10)],
    );
    const f = (x: Tensor, w: Tensor): Tensor => {
      const { y, best, size } = scaled(x, w);
      return add(mul(sum(add(y, size)), 2), cast(best, "f32"));
    };
    const [x, w] = [normal([4, 3], 1), normal([3], 2)];
    const all = vmap(f, { inAxes: [0, null] });
    expectSame(
      all(x, w),
      loop((x) => f(x, w), x),
    );
    const [gx, gw] = grad((x: Tensor, w: Tensor) => sum(all(x, w)), { argument: [0, 1] })(x, w);
    expectSame(
      gx,
      loop((x) => grad(f)(x, w), x),
    );
    expectSame(
      gw,
      sum(
        loop((x) => grad(f, { argument: 1 })(x, w), x),
        0,
      ),
    );
    expectSame(
      vmap(grad(f), { inAxes: [0, null] })(x, w),
      loop((x) => grad(f)(x, w), x),
    );
    // Two deep: the call of the inner map is itself one of the outer one.
    const both = vmap(vmap(f, { inAxes: [0, null] }), { inAxes: [null, 0] });
    const ws = normal([2, 3], 9);
    const deep = grad((ws: Tensor) => sum(both(x, ws)))(ws);
    expectSame(
      deep,
      loop((w) => grad((w: Tensor) => sum(all(x, w)))(w), ws),
    );
    // Forward through it, by its transposed gradient.
    const { tangent } = jvp((x: Tensor) => all(x, w), [x], [x]);
    expectSame(
      tangent,
      loop((x) => sum(mul(grad(f)(x, w), x)), x),
    );
  });

  it("refuses a gradient of one's own that knows of an example what its function does not", () => {
    const f = (x: Tensor, w: Tensor): Tensor => {
      const scaled = customVjp(
        (w: Tensor) => mul(w, 2),
        (g) => [mul(g, sum(x))],
      );
      return sum(scaled(w));
    };
    const all = (w: Tensor): Tensor => sum(vmap(f, { inAxes: [0, null] })(normal([4, 3], 1), w));
    expect(() => grad(all)(normal([3], 2))).toThrow(
      "customVjp: inside vmap, the function is the same for all examples, but its gradient uses a tensor that differs from example to example; pass that as an argument, too",
    );
  });

  it("keeps stopGradient and checkpoint what they are", () => {
    const w = normal([3, 3], 5);
    const inner = checkpoint((x: Tensor, w: Tensor): Tensor => tanh(matmul(exp(x), w)));
    const f = (x: Tensor, w: Tensor): Tensor => sum(mul(inner(x, w), stopGradient(x)));
    const x = normal([4, 3], 6);
    const all = (x: Tensor, w: Tensor): Tensor => sum(vmap(f, { inAxes: [0, null] })(x, w));
    const [gx, gw] = grad(all, { argument: [0, 1] })(x, w);
    const each = grad(f, { argument: [0, 1] });
    expectSame(
      gx,
      loop((x) => each(x, w)[0], x),
    );
    expectSame(
      gw,
      sum(
        loop((x) => each(x, w)[1], x),
        0,
      ),
    );
  });

  it("does the work of shared weights once", () => {
    const w = normal([3, 3], 5);
    const f = (x: Tensor, w: Tensor): Tensor => matmul(x, exp(checkpoint((w: Tensor) => sin(w))(w)));
    const found = new Set([vmap(f, { inAxes: [0, null] })(normal([4, 3], 6), w)]);
    for (const { definition } of found) for (const input of definition.inputs) found.add(input);
    const shapes = [...found].flatMap(({ definition, shape }) => (definition.op === "exp" ? [shape] : []));
    expect(shapes).toEqual([[3, 3]]);
  });
});

describe("random compositions, batched, are a loop over the examples", () => {
  type Step = readonly [kind: number, first: number, second: number];
  const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(99), fc.nat(99)), { minLength: 1, maxLength: 8 });

  /** A program on squares [3, 3], from two operands and a shared one. */
  const program =
    (steps: readonly Step[], common: Tensor) =>
    (a: Tensor, b: Tensor): Tensor => {
      const values = [a, b, common];
      for (const [kind, first, second] of steps) {
        const [p, q] = [values[first % values.length]!, values[second % values.length]!];
        const made = [
          () => add(p, q),
          () => mul(p, sin(q)),
          () => matmul(p, tanh(q)),
          () => transpose(p),
          () => softmax(p, second % 2),
          () => sort(p, second % 2),
          () => take(p, argmax(q, second % 2), first % 2),
          () => sub(p, sum(q, second % 2, { keepDims: true })),
          () => vmap(matmul, { inAxes: [first % 2, null], outAxes: second % 2 })(p, q),
          () => grad((x: Tensor) => sum(mul(tanh(x), q)))(p),
        ][kind]!();
        values.push(made);
      }
      return values.at(-1)!;
    };

  it("values and gradients, of every choice of operands", () => {
    const property = fc.property(steps, seeds, fc.nat(2), (steps, seed, which) => {
      const common = normal([3, 3], seed);
      const f = program(steps, common);
      const [a, b] = [normal([2, 3, 3], seed + 1), normal([2, 3, 3], seed + 2)];
      const first = example(a, 0);
      const g = which === 0 ? f : which === 1 ? (x: Tensor) => f(x, first) : (x: Tensor) => f(first, x);
      const batches = which === 0 ? [a, b] : [b];
      const all = vmap(g as (...xs: Tensor[]) => Tensor);
      expectSame(all(...batches), loop(g as (...xs: Tensor[]) => Tensor, ...batches), 1e-9);
      const gradient = grad((x: Tensor) => sum(all(x, ...batches.slice(1))))(batches[0]!);
      const one = grad((x: Tensor, ...others: Tensor[]) =>
        sum((g as (...xs: Tensor[]) => Tensor)(x, ...others)),
      );
      expectSame(gradient, loop(one, ...batches), 1e-9);
    });
    fc.assert(property, runsOr(40));
  });

  it("and their products with Jacobians", () => {
    const property = fc.property(steps, seeds, (steps, seed) => {
      const f = program(steps, normal([3, 3], seed));
      const [a, b, t, u] = [1, 2, 3, 4].map((i) => normal([3, 3], seed + i)) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const { tangent } = jvp(f, [a, b], [t, u]);
      const w = normal([3, 3], seed + 5);
      const [ga, gb] = vjp(f, a, b).pullback(w);
      const [left, right] = interpret([sum(mul(tangent, w)), add(sum(mul(ga, t)), sum(mul(gb, u)))]);
      expectClose([...left!], [...right!], 1e-8);
    });
    fc.assert(property, runsOr(40));
  });
});

describe("vmap says what was expected, what came and what to do", () => {
  const x = normal([4, 3], 1);
  const untyped = (value: unknown): never => value as never;

  it.each([
    [
      "numbers of examples",
      () => vmap((a: Tensor, b: Tensor) => add(a, b))(x, normal([3, 4])),
      "vmap: there must be one number of examples, got 4 on axis 0 of argument 0 [4,3] and 3 on axis 0 of argument 1 [3,4]; null in inAxes says that all examples share an argument",
    ],
    [
      "an axis that is not there",
      () => vmap(sin, { inAxes: 2 })(x),
      "vmap: inAxes has axis 2, which is out of range for f32 [4,3]; use -2 to 1",
    ],
    [
      "an axis of a scalar",
      () => vmap((a: Tensor, b: Tensor) => mul(a, b))(x, tensor(1)),
      "vmap: inAxes has axis 0 for a scalar f32 [], which has none; null says that all examples share it",
    ],
    [
      "an axis of the value that is not there",
      () => vmap((x: Tensor) => sum(x), { outAxes: 1 })(x),
      "vmap: outAxes has axis 1, which is out of range for f32 [4]; use -1 to 0",
    ],
    [
      "nothing that is mapped",
      () => vmap(sin, { inAxes: [null] })(x),
      "vmap: no argument is mapped, so that nothing says how many examples there are; give an axis in inAxes, or axisSize",
    ],
    [
      "too few entries",
      () => vmap((a: Tensor, b: Tensor) => add(a, b), { inAxes: untyped([0]) })(x, x),
      "vmap: inAxes has 1 entries, but the function was called with 2 arguments; give one per argument",
    ],
    [
      "axes of another structure",
      () => vmap(({ a }: { a: Tensor }) => a, { inAxes: untyped([{ b: 0 }]) })({ a: x }),
      'vmap: inAxes has "b" for argument 0, where there is no such member; it has a',
    ],
    [
      "axes that are missing",
      () => vmap(({ a }: { a: Tensor; b: Tensor }) => a, { inAxes: untyped([{ b: 0 }]) })({ a: x, b: x }),
      "vmap: inAxes has nothing for argument 0.a; give an axis, or null for what all examples share",
    ],
    [
      "axes in a tensor",
      () => vmap(sin, { inAxes: untyped([[0]]) })(x),
      "vmap: inAxes has [0] for argument 0, which is f32 [4,3]; give an axis, null for what all examples share, or a tree of its structure",
    ],
    [
      "null for a result that differs",
      () => vmap(sin, { outAxes: null })(x),
      "vmap: outAxes has null for a result f32 [3] that differs from example to example; give it an axis, or reduce over the examples outside",
    ],
    [
      "options of another library",
      () => vmap(sin, untyped({ in_axes: 0 }))(x),
      'vmap: there is no option "in_axes"; it is called inAxes here',
    ],
    [
      "async functions",
      () => vmap(untyped(async () => x))(x),
      "vmap: the function is async, but nothing runs while it is mapped; make it synchronous",
    ],
  ] as [string, () => unknown, string][])("%s", (_, act, message) => {
    let thrown: unknown;
    try {
      act();
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).message).toBe(message);
  });
});
