import { describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { type CompilerOptions, evaluate, type Tensor, tensor } from "../src/index.js";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** What IEEE 754 has rules of its own for, and numbers beside it. */
const values = [nan, inf, -inf, 0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 7.25, -100, 100, 16777216, 1e30];

/** Every pair of them, and each as often as makes kernels that take four elements at a time. */
const repeats = 16;
const left = values.flatMap((a) => values.flatMap(() => Array<number>(repeats).fill(a)));
const right = values.flatMap(() => values.flatMap((b) => Array<number>(repeats).fill(b)));
const size = left.length;

const settings: readonly (readonly [string, CompilerOptions])[] = [
  ["fused", {}],
  ["unfused", { fuse: false }],
];

const same = (found: number, expected: number, tolerance: number): boolean =>
  Object.is(found, expected) ||
  found === expected ||
  Math.abs(found - expected) <= tolerance * (1 + Math.abs(expected));

/** Compares the device with the interpreter, NaN with NaN and infinity with infinity. */
async function expectSame(
  build: (a: Tensor, b: Tensor) => Readonly<Record<string, Tensor>>,
  {
    a = left,
    b = right,
    dtype = "f32",
    tolerance = 1e-5,
  }: {
    readonly a?: readonly number[];
    readonly b?: readonly number[];
    readonly dtype?: "f32" | "f16";
    readonly tolerance?: number;
  } = {},
): Promise<void> {
  for (const [name, setting] of settings) {
    const results = build(tensor([...a], { dtype }), tensor([...b], { dtype }));
    const outputs = Object.values(results);
    const expected = interpret(outputs, undefined, { roundHalves: true });
    await evaluate(outputs, setting);
    for (const [k, op] of Object.keys(results).entries()) {
      const found = await outputs[k]!.data();
      const rounded = outputs[k]!.dtype === "f32" ? Float32Array.from(expected[k]!) : expected[k]!;
      found.forEach((value, i) => {
        if (!same(value, rounded[i]!, tolerance)) {
          expect.fail(
            `${name}: ${op} of ${a[i % a.length]} and ${b[i % b.length]}: got ${value}, expected ${rounded[i]}`,
          );
        }
      });
    }
  }
}

describe("on a device and in the interpreter alike, NaN and infinity are what they are to", () => {
  it("comparisons and what chooses between numbers", () =>
    expectSame((a, b) => ({
      eq: T.eq(a, b),
      ne: T.ne(a, b),
      lt: T.lt(a, b),
      le: T.le(a, b),
      gt: T.gt(a, b),
      ge: T.ge(a, b),
      "ne of itself": T.ne(a, a),
      isnan: T.isnan(T.add(a, b)),
      isinf: T.isinf(a),
      isfinite: T.isfinite(T.sub(a, b)),
      maximum: T.maximum(a, b),
      minimum: T.minimum(a, b),
      "maximum with a number": T.maximum(a, 1),
      clip: T.clip(a, b, 2),
      "clip with numbers": T.clip(a, -1, 1),
      "clip to NaN": T.clip(a, -1, nan),
      "zero times": T.mul(a, 0),
      bool: T.cast(a, "bool"),
      i32: T.cast(a, "i32"),
      u32: T.cast(a, "u32"),
    })));

  it("powers and remainders", () =>
    expectSame((a, b) => ({ pow: T.pow(a, b), rem: T.rem(a, b), cube: T.pow(a, 3), inverse: T.pow(a, -1) })));

  it("halves", () =>
    expectSame(
      (a, b) => ({
        maximum: T.maximum(a, b),
        minimum: T.minimum(a, b),
        less: T.lt(a, b),
        relu: T.relu(a),
        tanh: T.tanh(a),
        sigmoid: T.sigmoid(a),
        max: T.max(T.reshape(a, [-1, 8]), 1),
        "on the way": T.cast(T.cast(a, "f32"), "f16"),
        "of a sum": T.relu(T.add(a, b)),
      }),
      {
        a: left.map((x) => (Math.abs(x) > 65504 ? Math.sign(x) * 1024 : x)),
        b: right.map((x) => (Math.abs(x) > 65504 ? Math.sign(x) * 1024 : x)),
        dtype: "f16",
        tolerance: 2e-3,
      },
    ));

  it("extremes of rows, of parts of rows and of columns", () =>
    expectSame((a, b) => {
      const rows = T.reshape(b, [-1, 36]);
      const long = T.concat([T.full([70_000], -inf), T.slice(a, [size - 32], [size])], 0);
      const lost = T.concat([T.full([40_000], 3), T.slice(a, [0], [1]), T.full([30_000], 5)], 0);
      return {
        max: T.max(rows, 1),
        min: T.min(rows, 1),
        "max of columns": T.max(rows, 0),
        argmax: T.argmax(rows, 1),
        argmin: T.argmin(rows, 1),
        softmax: T.softmax(rows),
        logSumExp: T.logSumExp(rows, 1),
        "max of nothing finite": T.max(T.full([3, 40], -inf), 1),
        "logSumExp of nothing": T.logSumExp(T.mul(T.full([3, 40], -inf), T.max(T.abs(T.full([1], 2)))), 1),
        "max in parts": T.max(long),
        "a NaN in parts": T.max(lost),
        "argmax in parts": T.argmax(lost),
        "min in parts": T.min(lost),
      };
    }));

  it("what a product is made of", () =>
    expectSame((a) => {
      const x = T.reshape(T.slice(a, [0], [4096]), [64, 64]);
      const identity = T.eye(64);
      return {
        product: T.relu(T.matmul(x, identity)),
        bounded: T.maximum(T.matmul(T.relu(x), identity), -1),
      };
    }));
});

it("angles of any size have their sine, and what is large has its sigmoid and its gate", () => {
  const large = [3e38, -3e38, 1e30, 123456.7, -54321, 8191.5, 8192.5, 1e10, 16777216, -88.5, -104, 1e-40];
  return expectSame(
    (a) => ({
      sin: T.sin(a),
      cos: T.cos(a),
      tan: T.tan(a),
      sigmoid: T.sigmoid(a),
      silu: T.silu(a),
      mish: T.mish(a),
    }),
    { a: large, b: large },
  );
});

it("a remainder is exact, of whatever size its operands", () => {
  const a = [1e9, 1e8, 3e38, -3e38, 1e-38, 5.5, 1e20, 16777215, 1e-44, 7e-45];
  const b = [7, 7, 1e-38, 0.1, 3e-39, 1e-40, -3, 1e-3, 3e-45, 1e30];
  return expectSame((x, y) => ({ rem: T.rem(x, y) }), { a, b, tolerance: 0 });
});

it("whole numbers have whole powers", async () => {
  const [base, exponent] = [
    [0, 0, 1, -1, -1, 2, 3, -3, 10, 7, 2, -2, 5, 0],
    [0, 5, -3, -3, -4, 31, 20, 19, 9, 40, -1, -1, 1, -1],
  ];
  for (const dtype of ["i32", "u32"] as const) {
    const unsigned = dtype === "u32";
    const [a, b] = [base, exponent].map((row) => tensor(unsigned ? row.map(Math.abs) : row, { dtype })) as [
      Tensor,
      Tensor,
    ];
    const powers = T.pow(a, b);
    const expected = base.map((x, i) => {
      const [m, n] = unsigned ? [Math.abs(x), Math.abs(exponent[i]!)] : [x, exponent[i]!];
      if (n < 0) return m === 1 ? 1 : m === -1 ? (n % 2 ? -1 : 1) : 0;
      const whole = BigInt(m) ** BigInt(n);
      return Number(unsigned ? BigInt.asUintN(32, whole) : BigInt.asIntN(32, whole));
    });
    expect(Array.from(interpret([powers])[0]!)).toEqual(expected);
    expect(Array.from(await powers.data())).toEqual(expected);
  }
});

it("the padding of a pooling by maxima is below everything", async () => {
  const image = (dtype: "f32" | "f16"): Tensor =>
    tensor([-inf, -1e4, nan, -inf], { shape: [1, 4, 1, 1], dtype });
  for (const [, options] of settings) {
    const pooled = (["f32", "f16"] as const).map((dtype) =>
      T.maxPool2d(image(dtype), { kernel: [2, 2], stride: [3, 1], padding: 1 }),
    );
    await evaluate(pooled, options);
    for (const y of pooled) expect([...(await y.data())]).toEqual([-inf, -inf, nan, nan]);
  }
});
