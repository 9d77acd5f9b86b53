import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { broadcastShapes, type Shape, sizeOf, stridesOf } from "../src/shape.js";
import { input, type Tensor } from "../src/tensor.js";

const { add, div, mul, pow, sub, tensor, where } = ops;

/** f at each of `xs`, fed in float64. */
function at(f: (x: Tensor) => Tensor, xs: readonly number[]): number[] {
  const x = input([xs.length], "f32");
  return [...interpret([f(x)], new Map([[x, Float64Array.from(xs)]]))[0]!];
}

function expectClose(actual: readonly number[], expected: readonly number[], relative = 1e-12): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(relative * Math.max(Math.abs(value), 1e-300));
  }
}

describe("broadcasting", () => {
  /** Two shapes that broadcast: extents of the longer one, some replaced by 1, the shorter one cut from the left. */
  const shapes = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom("both", "a is 1", "b is 1")), {
      maxLength: 4,
    })
    .chain((axes) =>
      fc.tuple(
        fc.constant(axes.map(([n, which]) => (which === "a is 1" ? 1 : n))),
        fc
          .nat({ max: axes.length })
          .map((cut) => axes.map(([n, which]) => (which === "b is 1" ? 1 : n)).slice(cut)),
        fc.boolean(),
      ),
    )
    .map(([a, b, swap]): [Shape, Shape] => (swap ? [b, a] : [a, b]));

  test("each element combines the elements that NumPy's rule pairs", () => {
    fc.assert(
      fc.property(shapes, ([a, b]) => {
        const [x, y] = [ops.iota([sizeOf(a)], 0, "f32"), mul(ops.iota([sizeOf(b)], 0, "f32"), 1000)];
        const result = add(ops.reshape(x, a), ops.reshape(y, b));
        const shape = broadcastShapes("test", a, b);
        expect(result.shape).toEqual(shape);
        const strides = stridesOf(shape);
        const source = (of: Shape, index: readonly number[]): number =>
          stridesOf(of).reduce((sum, stride, axis) => {
            const i = index[axis + shape.length - of.length]!;
            return sum + (of[axis] === 1 ? 0 : i * stride);
          }, 0);
        for (const [position, value] of valuesOf(result).entries()) {
          const index = shape.map((extent, axis) => Math.floor(position / strides[axis]!) % extent);
          expect(value).toBe(source(a, index) + 1000 * source(b, index));
        }
      }),
    );
  });

  test("shapes that do not fit are named", () => {
    expect(() => add(ops.zeros([2, 3]), ops.zeros([2, 4]))).toThrow(
      "add: shapes [2,3] and [2,4] do not broadcast (axis -1: 3 against 4); extents must be equal or 1",
    );
    expect(() => ops.broadcastTo(ops.zeros([2, 3]), [3])).toThrow(
      "broadcastTo: x [2,3] does not stretch to [3]",
    );
    expect(() => where(ops.full([2], 1, "bool"), ops.zeros([3]), 0)).toThrow("where: shapes [2] and [3]");
  });

  test("a number takes the dtype of the tensor beside it and must fit it", () => {
    const x = tensor([1, 2], { dtype: "i32" });
    expect(add(x, 3).dtype).toBe("i32");
    expect(valuesOf(sub(3, x))).toEqual([2, 1]);
    expect(() => mul(x, 0.5)).toThrow("mul: 0.5 is not a value of dtype i32");
    expect(add(1, 2).dtype).toBe("f32");
    expect(valuesOf(add(1, 2))).toEqual([3]);
    expect(() => add(x, tensor([1, 2]))).toThrow(
      "add: operands must have one dtype, got i32 [2] and f32 [2]; cast first",
    );
  });

  test("no node is made where none is needed", () => {
    const x = input([2, 3], "f32");
    expect(ops.broadcastTo(x, [2, 3])).toBe(x);
    expect(ops.reshape(x, [-1, 3])).toBe(x);
    expect(ops.cast(x, "f32")).toBe(x);
    expect(ops.transpose(x, [0, 1])).toBe(x);
    expect(ops.slice(x, [0], [2])).toBe(x);
    expect(
      ops.pad(x, [
        [0, 0],
        [0, 0],
      ]),
    ).toBe(x);
    expect(ops.flip(x, [])).toBe(x);
    expect(ops.roll(x, 4, 0)).toBe(x);
    expect(ops.concat([x], 1)).toBe(x);
    expect(ops.sum(x, [])).toBe(x);
    expect(ops.squeeze(x)).toBe(x);
    expect(add(x, x).definition.inputs).toEqual([x, x]);
    // The leading axis needs no second node where nothing stretches.
    expect(ops.broadcastTo(x, [1, 2, 3]).definition.op).toBe("reshape");
  });
});

describe("creation", () => {
  test("tensor reads nesting, typed arrays and options", () => {
    const nested = tensor([
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ]);
    expect([nested.shape, nested.dtype]).toEqual([[3, 2, 1], "f32"]);
    expect(valuesOf(nested)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(tensor(7).shape).toEqual([]);
    expect(tensor(Int32Array.of(1, 2)).dtype).toBe("i32");
    expect(tensor(Uint32Array.of(1, 2)).dtype).toBe("u32");
    const bytes = tensor(Uint8Array.of(0, 255));
    expect([bytes.dtype, valuesOf(bytes)]).toEqual(["f32", [0, 255]]);
    expect(tensor(Uint8Array.of(0, 1), { dtype: "bool" }).dtype).toBe("bool");
    expect(tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "i32" }).shape).toEqual([2, 2]);
    const bools = tensor([[true], [false]]);
    expect([bools.dtype, bools.shape, valuesOf(bools)]).toEqual(["bool", [2, 1], [1, 0]]);
    expect(tensor([true], { dtype: "f32" }).dtype).toBe("f32");
    const held = { dtype: "i32", shape: [1, 2], data: Int32Array.of(1, 2) } as const;
    expect([tensor(held.data, held).dtype, tensor(held.data, held).shape]).toEqual(["i32", [1, 2]]);
  });

  test("tensor copies", () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data);
    data[0] = 99;
    expect(valuesOf(x)).toEqual([1, 2]);
  });

  test("tensor refuses what does not fit", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      "tensor: nested lists must be regular; the first entries give shape [2,2]",
    );
    expect(() => tensor([[1], 2])).toThrow("tensor: nested lists must be regular");
    expect(() => tensor([1, [2]])).toThrow("tensor: nested lists must be regular");
    expect(() => tensor([1, 2, 3], { shape: [2] })).toThrow("tensor: shape [2] needs 2 values, got 3");
    expect(() => tensor([1.5], { dtype: "i32" })).toThrow("tensor: 1.5 is not a value of dtype i32");
    expect(() => tensor([2 ** 31], { dtype: "i32" })).toThrow(
      "tensor: 2147483648 is not a value of dtype i32",
    );
  });

  test("iota, arange, eye, zerosLike, onesLike", () => {
    expect(valuesOf(ops.iota([2, 3], -1))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(valuesOf(ops.iota([2, 3], 0, "f32"))).toEqual([0, 0, 0, 1, 1, 1]);
    expect(() => ops.iota([2, 3], 2)).toThrow("iota: axis 2 is out of range");
    expect(valuesOf(ops.arange(4))).toEqual([0, 1, 2, 3]);
    expect(valuesOf(ops.eye(2))).toEqual([1, 0, 0, 1]);
    const x = input([2], "i32");
    expect([ops.zerosLike(x).dtype, valuesOf(ops.zerosLike(x))]).toEqual(["i32", [0, 0]]);
    expect([ops.onesLike(x).dtype, valuesOf(ops.onesLike(x))]).toEqual(["i32", [1, 1]]);
  });
});

describe("ranges and triangles", () => {
  test("arange counts, or goes from a start to a stop", () => {
    expect(valuesOf(ops.arange(3, "f32"))).toEqual([0, 1, 2]);
    expect([ops.arange(2, 5).dtype, valuesOf(ops.arange(2, 5))]).toEqual(["i32", [2, 3, 4]]);
    expect(valuesOf(ops.arange(5, 0, -2))).toEqual([5, 3, 1]);
    const quarters = ops.arange(0, 1, 0.25);
    expect([quarters.dtype, valuesOf(quarters)]).toEqual(["f32", [0, 0.25, 0.5, 0.75]]);
    expect(valuesOf(ops.arange(1, 3.5, 1, "u32"))).toEqual([1, 2, 3]);
    expect(valuesOf(ops.arange(5, 2))).toEqual([]);
    expect(() => ops.arange(0, 1, 0)).toThrow(
      "arange: expected finite numbers and a step other than 0, got 0 to 1 in steps of 0",
    );
    expect(() => ops.arange(0, 1, 0.5, "i32")).toThrow("arange: 0.5 is not a value of dtype i32");
    expect(() => ops.arange(0, 4e9, 1e9)).toThrow("arange: 3000000000 is not a value of dtype i32");
    expect(() => ops.arange(2 ** 31 - 2, 2 ** 31 + 2)).toThrow(
      "arange: 2147483649 is not a value of dtype i32",
    );
    expect(valuesOf(ops.arange(0, 4e9, 1e9, "u32"))).toEqual([0, 1e9, 2e9, 3e9]);
    expect([ops.arange(0, 3).dtype, ops.arange(0, 2.5).dtype]).toEqual(["i32", "f32"]);
    expect(valuesOf(ops.eye(2, 3))).toEqual([1, 0, 0, 0, 1, 0]);
    expect(valuesOf(ops.eye(3, 2, -1))).toEqual([0, 0, 1, 0, 0, 1]);
    expect(ops.eye(2, 3, 1, "i32").dtype).toBe("i32");
    expect(() => ops.arange(2.5)).toThrow("arange: n must be a whole number, got 2.5");
  });

  test("linspace has both ends exactly", () => {
    expect(valuesOf(ops.linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(valuesOf(ops.linspace(3, 4, 1))).toEqual([3]);
    fc.assert(
      fc.property(
        fc.float({ min: -1e3, max: 1e3, noNaN: true }),
        fc.float({ min: -1e3, max: 1e3, noNaN: true }),
        fc.integer({ min: 2, max: 40 }),
        (start, stop, count) => {
          const all = valuesOf(ops.linspace(start, stop, count));
          expect([all.length, all[0]! - start, all.at(-1)! - stop]).toEqual([count, 0, 0]);
        },
      ),
    );
  });

  test("logspace and geomspace, each number the nearest", () => {
    expect(valuesOf(ops.logspace(0, 3, 4))).toEqual([1, 10, 100, 1000]);
    expect(valuesOf(ops.logspace(3, -1, 3, 2))).toEqual([8, 2, 0.5]);
    expect(valuesOf(ops.geomspace(-1, -256, 3))).toEqual([-1, -16, -256]);
    expect(valuesOf(ops.geomspace(0.3, 7, 1))).toEqual([Math.fround(0.3)]);
    expect([ops.geomspace(1, 2, 0).shape, ops.logspace(1, 2, 0).shape]).toEqual([[0], [0]]);
    expect(() => ops.geomspace(-1, 2, 3)).toThrow(
      "geomspace: start and stop must be of one sign and not 0, got -1, 2",
    );
    expect(() => ops.logspace(0, 1, 3, 0)).toThrow("logspace: base must be above 0, got 0");
    expect(() => ops.logspace(0, 1, 2.5)).toThrow(
      "logspace: expected finite numbers and a whole count, got 0, 1, 10, 2.5",
    );
  });

  test("gradient is exact of a parabola within, at its ends to second order, of uneven places too", () => {
    const places = tensor([0, 1, 3, 4, 8]);
    const parabola = ops.square(places);
    expect(valuesOf(ops.gradient(parabola, places, 0, { edgeOrder: 2 }))).toEqual([0, 2, 6, 8, 16]);
    expect(valuesOf(ops.gradient(tensor([0, 1, 4, 9]), 0.5))).toEqual([2, 4, 8, 10]);
    expect(valuesOf(ops.gradient(tensor([1, 4])))).toEqual([3, 3]);
    // What is not looked at is not in the way.
    expect(valuesOf(ops.gradient(tensor([0, Number.POSITIVE_INFINITY, 4])))[1]).toBe(2);
    expect(() => ops.gradient(tensor([1, 4]), 1, 0, { edgeOrder: 2 })).toThrow(
      "gradient: edgeOrder 2 needs 3 elements or more along axis 0, got y f32 [2]",
    );
    expect(() => ops.gradient(tensor([1, 4]), tensor([1, 2, 3]))).toThrow("gradient: x must be a distance");
  });

  test("tril and triu keep the diagonals they name", () => {
    const x = ops.reshape(ops.arange(1, 13), [2, 2, 3]);
    for (const diagonal of [-2, -1, 0, 1, 2, 3]) {
      const kept = (below: boolean): number[] =>
        valuesOf(x).map((value, i) => {
          const [row, column] = [Math.floor((i % 6) / 3), i % 3];
          return (below ? column <= row + diagonal : column >= row + diagonal) ? value : 0;
        });
      expect(valuesOf(ops.tril(x, diagonal))).toEqual(kept(true));
      expect(valuesOf(ops.triu(x, diagonal))).toEqual(kept(false));
    }
    expect(() => ops.tril(ops.arange(3))).toThrow("tril: expected matrices [...,M,N], got [3]");
  });
});

describe("arithmetic", () => {
  const xs = [-2.5, -1, -0.3, 0.2, 1, 3.7];
  const positive = [1e-6, 0.2, 1, 9, 1e8];

  test.each<[string, (x: Tensor) => Tensor, (x: number) => number, readonly number[]]>([
    ["neg", ops.neg, (x) => -x, xs],
    ["abs", ops.abs, Math.abs, xs],
    ["sign", ops.sign, Math.sign, [...xs, 0]],
    ["floor", ops.floor, Math.floor, xs],
    ["ceil", ops.ceil, Math.ceil, xs],
    ["round", ops.round, Math.round, xs.slice(1)],
    ["sqrt", ops.sqrt, Math.sqrt, positive],
    ["rsqrt", ops.rsqrt, (x) => 1 / Math.sqrt(x), positive],
    ["reciprocal", ops.reciprocal, (x) => 1 / x, xs],
    ["square", ops.square, (x) => x * x, xs],
    ["exp", ops.exp, Math.exp, xs],
    ["log", ops.log, Math.log, positive],
    ["sin", ops.sin, Math.sin, xs],
    ["cos", ops.cos, Math.cos, xs],
    ["tan", ops.tan, Math.tan, xs],
    ["asin", ops.asin, Math.asin, [-1, -0.3, 0, 0.7, 1]],
    ["acos", ops.acos, Math.acos, [-1, -0.3, 0, 0.7, 1]],
    ["atan", ops.atan, Math.atan, xs],
    ["expm1", ops.expm1, Math.expm1, [...xs, 1e-9, -1e-9]],
    ["log2", ops.log2, Math.log2, positive],
    ["log10", ops.log10, Math.log10, positive],
    ["exp2", ops.exp2, (x) => 2 ** x, xs],
    ["tanh", ops.tanh, Math.tanh, xs],
    ["sinh", ops.sinh, Math.sinh, [...xs, 1e-9, -1e-9, 700, -700]],
    ["cosh", ops.cosh, Math.cosh, [...xs, 700, -700]],
    ["acosh", ops.acosh, Math.acosh, [1, 1.5, 4095, 1e100]],
    ["rem", (x) => ops.rem(x, 1.5), (x) => x % 1.5, xs],
    ["minimum", (x) => ops.minimum(x, 0.5), (x) => Math.min(x, 0.5), xs],
    ["maximum", (x) => ops.maximum(x, 0.5), (x) => Math.max(x, 0.5), xs],
    ["clip", (x) => ops.clip(x, -1, 1), (x) => Math.min(Math.max(x, -1), 1), xs],
    ["pow 0.5", (x) => pow(x, 0.5), (x) => x ** 0.5, positive],
    ["pow of a tensor", (x) => pow(2, x), (x) => 2 ** x, xs],
  ])("%s", (_, f, expected, inputs) => {
    expectClose(at(f, inputs), inputs.map(expected));
  });

  test("hyperbolic functions keep their digits for small arguments and have the limits of their range", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const large = [...xs, 1e-9, -1e-9, 4095, 1e100, -1e100];
    expectClose(at(ops.asinh, large), large.map(Math.asinh), 5e-10);
    const within = [-0.9, -0.3, -1e-9, 0, 1e-9, 0.7, 0.999];
    expectClose(at(ops.atanh, within), within.map(Math.atanh), 5e-10);
    const limits = [-infinity, -2, -1, 1, infinity, nan];
    const pairs = [
      [ops.sinh, Math.sinh],
      [ops.cosh, Math.cosh],
      [ops.asinh, Math.asinh],
      [ops.acosh, Math.acosh],
      [ops.atanh, Math.atanh],
    ] as const;
    for (const [operation, exact] of pairs) {
      at(operation, limits).forEach((value, i) => {
        const [expected, what] = [exact(limits[i]!), `${exact.name} ${limits[i]}`];
        if (Number.isFinite(expected)) expect(value, what).toBeCloseTo(expected, 8);
        else expect(value, what).toBe(expected);
      });
    }
  });

  test("logAddExp neither overflows nor makes a NaN of equal infinities", () => {
    const infinity = Number.POSITIVE_INFINITY;
    const a = tensor([0, 1000, -infinity, infinity, -infinity, Number.NaN]);
    const b = tensor([1, 1001, -infinity, infinity, 3, 0]);
    const one = Math.log(1 + Math.E);
    const [first, second, ...limits] = valuesOf(ops.logAddExp(a, b));
    expectClose([first!, second!], [one, 1000 + one], 5e-10);
    expect(limits).toEqual([-infinity, infinity, 3, Number.NaN]);
  });

  test("nanToNum takes numbers in place of what is none", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const x = tensor([nan, infinity, -infinity, 2]);
    const most = Math.fround(3.4028235e38);
    expect(valuesOf(ops.nanToNum(x))).toEqual([0, most, -most, 2]);
    expect(valuesOf(ops.nanToNum(x, { nan: 1, posInf: 3, negInf: -4 }))).toEqual([1, 3, -4, 2]);
    expect(valuesOf(ops.nanToNum(ops.cast(x, "f16")))).toEqual([0, 65504, -65504, 2]);
  });

  test("windows are PyTorch's", () => {
    for (const [window, expected] of [
      [ops.hannWindow(4), [0, 0.5, 1, 0.5]],
      [ops.hammingWindow(3, { periodic: false }), [0.08, 1, 0.08]],
      [ops.blackmanWindow(4), [0, 0.34, 1, 0.34]],
    ] as const) {
      valuesOf(window).forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k]!, 6);
      });
    }
    expect(valuesOf(ops.hannWindow(1, { periodic: false }))).toEqual([1]);
    expect(ops.hannWindow(0).shape).toEqual([0]);
    expect(() => ops.hannWindow(2.5)).toThrow("hannWindow: n must be a whole number of at least 0, got 2.5");
  });

  test("windows of extreme or of wrong parameters", () => {
    // sqrt(b) exp(-b (1 - root)) of the asymptotic series, on both sides of where it takes over.
    for (const beta of [9999, 10001, 1e300]) {
      const [edge, , middle] = valuesOf(ops.kaiserWindow(5, { beta, periodic: false }));
      expect([edge, middle]).toEqual([0, 1]);
    }
    const near = (beta: number): number => valuesOf(ops.kaiserWindow(1001, { beta, periodic: false }))[510]!;
    expect(near(10_001) / near(9999)).toBeCloseTo(Math.exp(-2 * (1 - Math.sqrt(1 - 0.02 ** 2))), 6);
    expect(valuesOf(ops.gaussianWindow(4, { std: Number.POSITIVE_INFINITY }))).toEqual([1, 1, 1, 1]);
    expect(() => ops.kaiserWindow(8, { beta: -1 })).toThrow(
      "kaiserWindow: beta must be finite and at least 0, got -1",
    );
    expect(() => ops.gaussianWindow(8, { std: 0 })).toThrow("gaussianWindow: std must be above 0, got 0");
    expect(() => ops.exponentialWindow(8, { tau: -2 })).toThrow(
      "exponentialWindow: tau must be above 0, got -2",
    );
    expect(() => ops.exponentialWindow(8, { center: 1, periodic: false })).toThrow(
      "exponentialWindow: symmetric windows have their centre in the middle; leave center out",
    );
  });

  test("whole exponents take any base", () => {
    for (const n of [-5, -2, -1, 0, 1, 2, 3, 6, 7, 13]) {
      expectClose(
        at((x) => pow(x, n), xs),
        xs.map((x) => x ** n),
        1e-14,
      );
    }
  });

  test("log1p keeps its digits for small arguments and meets the logarithm elsewhere", () => {
    const inputs = [-0.9, -0.25, -0.2499, -1e-3, -1e-12, 1e-20, 1e-9, 0.01, 0.2499, 0.25, 3, 1e10];
    expectClose(at(ops.log1p, inputs), inputs.map(Math.log1p), 5e-10);
    expect(at(ops.log1p, [0])).toEqual([0]);
  });

  test("erfinv undoes erf", () => {
    const inputs = [-0.999999, -0.99, -0.5, -1e-3, 0, 1e-7, 0.3, 0.9, 0.9966, 0.9967, 0.99999];
    const back = at((x) => ops.erf(ops.erfinv(x)), inputs);
    for (const [i, x] of inputs.entries()) {
      // A relative error of 2e-6 of erfinv, times the slope of erf.
      const y = at(ops.erfinv, [x])[0]!;
      const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-y * y);
      expect(Math.abs(back[i]! - x)).toBeLessThanOrEqual(2e-6 * Math.abs(y) * slope + 1e-15);
    }
  });

  test("where chooses and broadcasts three ways", () => {
    const condition = ops.gt(tensor([[1], [-1]]), 0);
    const result = where(condition, tensor([1, 2, 3]), 0);
    expect([result.shape, valuesOf(result)]).toEqual([
      [2, 3],
      [1, 2, 3, 0, 0, 0],
    ]);
    expect(valuesOf(where(condition, 1, 0))).toEqual([1, 0]);
    expect(
      [where(condition, 1, 0), where(condition, 1, 0.5), where(condition, 0, -Infinity)].map(
        ({ dtype }) => dtype,
      ),
    ).toEqual(["i32", "f32", "f32"]);
    expect(() => where(tensor([1]), 1, 0)).toThrow("where: condition must be bool, got f32 [1]; cast first");
  });

  test("comparisons and logic", () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([2, 2, 2])];
    const compared = [ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge].map((f) => valuesOf(f(a, b)).join(""));
    expect(compared).toEqual(["010", "101", "100", "110", "001", "011"]);
    const [p, q] = [ops.lt(a, 2.5), ops.gt(a, 1.5)];
    expect([ops.and(p, q), ops.or(p, q), ops.xor(p, q), ops.not(p)].map((x) => valuesOf(x).join(""))).toEqual(
      ["010", "111", "101", "001"],
    );
  });

  test("common divisors of the lowest integer are not negative", () => {
    const lowest = tensor([-(2 ** 31), 6, -(2 ** 31)], { dtype: "i32" });
    const others = tensor([6, -(2 ** 31), 7], { dtype: "i32" });
    expect(valuesOf(ops.gcd(lowest, others))).toEqual([2, 2, 1]);
  });

  test("div of integers truncates", () => {
    expect(valuesOf(div(tensor([-7, 7], { dtype: "i32" }), 2))).toEqual([-3, 3]);
  });
});

describe("activations", () => {
  const xs = [-30, -4, -1, -0.1, 0, 0.1, 1, 4, 30];
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

  test.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["relu", ops.relu, (x) => Math.max(x, 0)],
    ["leakyRelu", ops.leakyRelu, (x) => (x > 0 ? x : 0.01 * x)],
    ["leakyRelu of slope 0.2", (x) => ops.leakyRelu(x, 0.2), (x) => (x > 0 ? x : 0.2 * x)],
    ["elu", ops.elu, (x) => (x > 0 ? x : Math.expm1(x))],
    ["elu of alpha 2", (x) => ops.elu(x, 2), (x) => (x > 0 ? x : 2 * Math.expm1(x))],
    ["softplus", ops.softplus, (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)],
  ])("%s", (_, f, expected) => {
    expectClose(at(f, xs), xs.map(expected), 1e-9);
  });

  test.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["relu6", ops.relu6, (x) => Math.min(Math.max(x, 0), 6)],
    ["selu", ops.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    ["hardSigmoid", ops.hardSigmoid, (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1)],
    ["hardSwish", ops.hardSwish, (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)],
    ["logSigmoid", ops.logSigmoid, (x) => -Math.log1p(Math.exp(-Math.abs(x))) - Math.max(-x, 0)],
    ["mish", ops.mish, (x) => x * Math.tanh(Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0))],
    [
      "gelu by tanh",
      (x) => ops.gelu(x, { approximate: "tanh" }),
      (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
    ],
  ])("%s", (_, f, expected) => {
    expectClose(at(f, xs), xs.map(expected), 1e-9);
  });

  test("glu gates the first half of an axis by the second", () => {
    const x = tensor([
      [1, 2, 0, 1e3],
      [3, 4, -1e3, 0],
    ]);
    expect(valuesOf(ops.glu(x))).toEqual([0.5, 2, 0, 2]);
    expect(ops.glu(x, 0).shape).toEqual([1, 4]);
    expect(() => ops.glu(tensor([1, 2, 3]))).toThrow("glu: axis 0 of x [3] has no two halves");
  });

  test("sigmoid and silu to 1e-16 absolute", () => {
    for (const [i, y] of at(ops.sigmoid, xs).entries())
      expect(Math.abs(y - sigmoid(xs[i]!))).toBeLessThan(2e-16);
    for (const [i, y] of at(ops.silu, xs).entries()) {
      expect(Math.abs(y - xs[i]! * sigmoid(xs[i]!))).toBeLessThan(6e-15);
    }
  });

  test("gelu is x times the normal distribution function", () => {
    // Phi(1) = 0.8413447460685429, Phi(2) = 0.9772498680518208.
    expectClose(
      at(ops.gelu, [1, -1, 2]),
      [0.8413447460685429, -0.15865525393145707, 1.9544997361036416],
      1e-14,
    );
  });

  test("nothing overflows far from 0", () => {
    for (const f of [ops.relu, ops.elu, ops.softplus, ops.sigmoid, ops.silu, ops.gelu, ops.leakyRelu]) {
      for (const y of at(f, [-1e4, 1e4])) expect(Number.isFinite(y)).toBe(true);
    }
  });
});
