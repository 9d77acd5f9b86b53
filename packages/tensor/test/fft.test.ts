import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { balancedFactors, isSmooth, smallRadices } from "../src/executors/webgpu/kernels/fftSteps.js";
import { compile, Device, evaluate, key, normal, type Shape, sizeOf, type Tensor } from "../src/index.js";
import * as T from "../src/ops/index.js";
import { fourierTransform } from "../src/primitives/fourierTransform.js";
import { apply, input } from "../src/tensor.js";

const { tensor } = T;

/** Each term of the definition, its angle reduced in whole numbers. */
function bySum(x: Float64Array, inverse: boolean): Float64Array {
  const n = x.length / 2;
  const y = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = ((inverse ? 2 : -2) * Math.PI * ((j * k) % n)) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      y[2 * k]! += x[2 * j]! * c - x[2 * j + 1]! * s;
      y[2 * k + 1]! += x[2 * j]! * s + x[2 * j + 1]! * c;
    }
  }
  return y;
}

/** |actual - expected| / |expected|, in the l2 norm. */
function relative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const squares = (x: readonly number[]): number => x.reduce((total, value) => total + value * value, 0);
  const wanted = Array.from(expected);
  return Math.sqrt(squares(wanted.map((value, i) => actual[i]! - value)) / squares(wanted));
}

function random(shape: Shape, seed: number): Tensor {
  let state = Math.imul(seed, 2654435761) + 1;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return tensor(data, { shape });
}

describe("the float64 transform", () => {
  it("is the sum of its definition at every kind of length", () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 30, 49, 64, 97, 120]) {
      const x = Float64Array.from(valuesOf(random([n, 2], n)));
      for (const inverse of [false, true]) {
        expect(relative(fourierTransform(x, inverse), bySum(x, inverse)), String(n)).toBeLessThan(1e-14);
      }
    }
  });
});

describe("the steps of a length", () => {
  const product = (factors: readonly number[]): number => factors.reduce((total, p) => total * p, 1);

  it("multiply to it, by radices that kernels have", () => {
    for (let n = 1; n <= 2048; n++) {
      const radices = smallRadices(n);
      expect(product(radices)).toBe(n);
      if (n % 11 !== 0 && isSmooth(n) && radices.every((p) => p < 11)) {
        expect(radices.every((p) => [2, 3, 4, 5, 7, 8].includes(p))).toBe(true);
        // A step within a tile is four bits of one word.
        expect(radices.length).toBeLessThanOrEqual(8);
      }
    }
    expect(smallRadices(128)).toEqual([8, 4, 4]);
    expect([61, 62, 67, 1009].map(isSmooth)).toEqual([true, true, false, false]);
  });

  it("are few and balanced where the whole is too much for a workgroup", () => {
    for (const n of [1, 2048, 2 ** 20, 3 ** 9, 7 ** 6, 2 ** 11 * 3 ** 7]) {
      const factors = balancedFactors(n, 2048);
      expect(product(factors)).toBe(n);
      expect(Math.max(...factors)).toBeLessThanOrEqual(2048);
    }
    expect(balancedFactors(2 ** 20, 2048)).toEqual([1024, 1024]);
  });
});

describe("on the device", () => {
  // Axes in the middle and at the end; one step and several, primes up to 61, and larger ones.
  const cases: readonly (readonly [shape: Shape, axis: number])[] = [
    [[3, 1], 1],
    [[70, 4, 3], 1],
    [[3, 7, 33], 1],
    [[2, 30, 3], 1],
    [[2, 122, 2], 1],
    [[2, 67], 1],
    [[3, 1024], 1],
    [[6000], 0],
    [[4096, 3], 0],
  ];

  it.each([
    ["the adapter's kernels", {}],
    ["those of a GPU, with tiles", { kernels: "gpu" }],
  ] as const)("agrees with float64 to 6e-8 log2(n), in both directions, by %s", async (_, options) => {
    const device = await Device.open(options);
    const outputs = cases.flatMap(([shape, axis], seed) =>
      [false, true].map((inverse) => apply("fft", [random([...shape, 2], seed)], { axis, inverse })),
    );
    const expected = interpret(outputs);
    await evaluate(outputs, { device });
    for (const [k, output] of outputs.entries()) {
      const [shape, axis] = cases[k >> 1]!;
      const error = relative(await output.data(), expected[k]!);
      expect(error, `${shape} ${axis}`).toBeLessThan(6e-8 * Math.max(1, Math.log2(shape[axis]!)));
    }
  });

  it("transforms real numbers to 6e-8 log2(n), and back", async () => {
    for (const [shape, axis] of [
      [[3, 1024], 1],
      [[6, 30, 3], 1],
    ] as const) {
      const x = random(shape, axis);
      const { real, imag } = T.rfft(x, { axis });
      const [re, im] = interpret([real, imag]);
      const back = T.irfft({ real, imag }, { axis });
      await evaluate([real, imag, back]);
      const bound = 6e-8 * Math.log2(shape[axis]!);
      const parts = [...(await real.data()), ...(await imag.data())];
      expect(relative(parts, [...re!, ...im!]), `${shape}`).toBeLessThan(bound);
      expect(relative(await back.data(), await x.data()), `${shape}`).toBeLessThan(2 * bound);
    }
  });

  it("takes the same steps inside a compiled function and inside a loop of it", async () => {
    const x = random([3, 8], 5);
    const spectrum = compile((x: Tensor) => T.complexAbs(T.rfft(x)));
    const looped = compile(
      (x: Tensor) =>
        T.scan(
          (count: Tensor, row: Tensor) => ({ carry: T.add(count, 1), y: T.complexAbs(T.rfft(row)) }),
          T.zeros([]),
          x,
        ).ys as Tensor,
    );
    const [expected] = interpret([T.complexAbs(T.rfft(x))]);
    expectClose([...(await (await spectrum(x)).data())], [...expected!], 1e-6);
    expectClose([...(await (await looped(x)).data())], [...expected!], 1e-6);
  });
});

describe("Fourier transforms", () => {
  const x = normal(key(1), [3, 4, 5]);

  it("are undone by their inverses, with every norm, also of an odd length", () => {
    const expected = valuesOf(x);
    for (const norm of ["backward", "ortho", "forward"] as const) {
      expectClose(valuesOf(T.ifftn(T.fftn(x, { norm }), { norm }).real), expected);
      expectClose(valuesOf(T.irfft2(T.rfft2(x, { norm }), { norm, s: [4, 5] })), expected);
      expectClose(valuesOf(T.hfft(T.ihfft(x, { norm }), { norm, n: 5 })), expected);
    }
    expect(T.irfft(T.rfft(x)).shape).toEqual([3, 4, 4]);
  });

  it("of real numbers are those of complex ones, and back, at every kind of length, along any axis", () => {
    for (const n of [1, 2, 3, 4, 6, 7, 10, 22, 8194]) {
      for (const [axis, shape] of [
        [1, [2, n]],
        [0, [n, 3]],
      ] as const) {
        const real = random(shape, n);
        const whole = T.fft(real, { axis });
        const half = T.rfft(real, { axis });
        const [kept, back] = [Math.floor(n / 2) + 1, T.irfft(half, { axis, n })];
        const [re, im, wholeRe, wholeIm, again] = interpret([
          half.real,
          half.imag,
          T.narrow(whole.real, axis, 0, kept),
          T.narrow(whole.imag, axis, 0, kept),
          back,
        ]);
        expect(half.real.shape, String(n)).toEqual(shape.with(axis, kept));
        expect(relative([...re!, ...im!], [...wholeRe!, ...wholeIm!]), String(n)).toBeLessThan(1e-7);
        expect(relative(again!, valuesOf(real)), String(n)).toBeLessThan(1e-7);
      }
    }
  });

  it("to real numbers disregard what cannot be of real ones, and take lengths", () => {
    // As complex transforms of the half and its conjugates have it, whose imaginary parts cancel.
    const z = { real: random([2, 5], 1), imag: random([2, 5], 2) };
    for (const n of [2, 5, 8, 9, 12]) {
      const [cut, mirrored] = [Math.min(5, Math.floor(n / 2) + 1), Math.ceil(n / 2) - 1];
      const whole = (part: Tensor, sign: number): Tensor => {
        const first = T.pad(T.narrow(part, 1, 0, cut), [
          [0, 0],
          [0, Math.floor(n / 2) + 1 - cut],
        ]);
        return T.concat([first, T.mul(T.flip(T.narrow(first, 1, 1, mirrored), 1), sign)], 1);
      };
      const expected = T.ifft({ real: whole(z.real, 1), imag: whole(z.imag, -1) }).real;
      const [actual, wanted] = interpret([T.irfft(z, { n }), expected]);
      expect(relative(actual!, wanted!), String(n)).toBeLessThan(1e-7);
    }
  });

  it("shift the middle back, and halves stay halves", () => {
    expect(valuesOf(T.fftshift(T.fftfreq(5)))).toEqual(valuesOf(tensor([-0.4, -0.2, 0, 0.2, 0.4])));
    expect(valuesOf(T.ifftshift(T.fftshift(x)))).toEqual(valuesOf(x));
    expect(T.fftshift(T.fft(x), -1).imag.shape).toEqual([3, 4, 5]);
    expect(T.fft(T.cast(x, "f16")).real.dtype).toBe("f16");
    expect(T.rfft(T.cast(x, "i32")).real.dtype).toBe("f32");
  });

  it("absolute values and angles hold beyond the range of squares", () => {
    const z = { real: tensor([3e30, 3e-30, 0, -1]), imag: tensor([4e30, 4e-30, 0, 0]) };
    expectClose(valuesOf(T.div(T.complexAbs(z), tensor([5e30, 5e-30, 1, 1]))), [1, 1, 0, 1], 1e-6);
    expectClose(valuesOf(T.angle(z)), [Math.atan2(4, 3), Math.atan2(4, 3), 0, Math.PI], 1e-6);
    expect(valuesOf(T.atan2(-Infinity, tensor([-Infinity])))).toEqual([(-3 / 4) * Math.PI]);
  });

  it("say what is wrong", () => {
    const real = input([2, 3], "f32");
    expect(() => T.fft(real, { n: 0 })).toThrow(
      "fft: n must be a whole number of at least 1, got 0 (x [2,3])",
    );
    expect(() => T.fft(input([2, 0], "f32"))).toThrow("fft: the extent of axis -1 must be a whole number");
    expect(() => T.irfft(input([2, 1], "f32"))).toThrow("irfft: the length of the result must be a whole");
    expect(() => T.fftn(real, { s: [2], axes: [0, 1] })).toThrow(
      "fftn: expected at least one axis, and one length in s for each, got axes [0,1] and s [2]",
    );
    expect(() => T.fft2(real, { axes: [1, -1] })).toThrow("fft2: axes [1,-1] name an axis of x [2,3] twice");
    expect(() => T.fft({ real, imag: input([3, 2], "f32") })).toThrow(
      "fft: x.real and x.imag must have one dtype and shape, got f32 [2,3] and f32 [3,2]",
    );
    expect(() => apply("fft", [real], { axis: 0, inverse: false })).toThrow(
      "fft: x must be f32 [...,2], the real and imaginary parts along the last axis, got f32 [2,3]",
    );
    expect(() => T.fftfreq(0)).toThrow("fftfreq: n must be a whole number of at least 1, got 0");
  });
});
