import { counterRandom } from "@clidim/imaging";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BlockTransform, biorthogonal, cosine } from "../../src/bm3d/blockTransform.js";
import { haar, inverseHaar } from "../../src/bm3d/haar.js";
import { kaiser } from "../../src/bm3d/kaiser.js";
import reference from "./reference.json" with { type: "json" };

/** [n, n] by [n, n]. */
const product = (a: Float64Array, b: Float64Array, n: number): number[] =>
  Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return Array.from({ length: n }, (_, k) => a[i * n + k]! * b[k * n + j]!).reduce((x, y) => x + y);
  });

const identity = (n: number): number[] =>
  Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(1e-12);
};

describe.each<[string, BlockTransform]>([
  ["biorthogonal 2", biorthogonal(2)],
  ["biorthogonal 8", biorthogonal(8)],
  ["biorthogonal 16", biorthogonal(16)],
  ["cosine 8", cosine(8)],
  ["cosine 11", cosine(11)],
])("%s", (name, { side, forward, inverse, analyse, synthesise }) => {
  test("forward and inverse undo each other, and rows have unit length", () => {
    close(product(forward, inverse, side), identity(side));
    close(product(inverse, forward, side), identity(side));
    for (let k = 0; k < side; k++)
      expect(Math.hypot(...forward.subarray(k * side, (k + 1) * side))).toBeCloseTo(1, 12);
  });

  test("the first coefficient is the mean, and all others are 0 for a constant", () => {
    const coefficients = Array.from({ length: side }, (_, k) =>
      forward.subarray(k * side, (k + 1) * side).reduce((a, b) => a + b),
    );
    close(coefficients, [Math.sqrt(side), ...new Array(side - 1).fill(0)]);
    close(
      Array.from({ length: side }, (_, i) => inverse[i * side]!),
      new Array(side).fill(1 / Math.sqrt(side)),
    );
  });

  test("values are transformed in place as by the matrices", () => {
    const random = counterRandom(5);
    const given = Float64Array.from({ length: side }, random.normal);
    const times = (matrix: Float64Array): number[] =>
      Array.from({ length: side }, (_, k) =>
        given.reduce((sum, value, i) => sum + matrix[k * side + i]! * value, 0),
      );
    const [there, back] = [given.slice(), given.slice()];
    analyse(there);
    synthesise(back);
    close(there, times(forward));
    close(back, times(inverse));
  });

  test("a cosine transform is orthonormal", () => {
    if (!name.startsWith("cosine")) return;
    const transposed = Float64Array.from(
      forward,
      (_, at) => forward[(at % side) * side + Math.floor(at / side)]!,
    );
    close(inverse, transposed);
  });
});

test("the wavelets are those that PyWavelets has", () => {
  close(biorthogonal(8).forward, reference.wavelet.flat());
});

test("the Haar transform keeps lengths, has the mean first and is undone by its inverse", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(),
      (power, length, seed) => {
        const count = 2 ** power;
        const random = counterRandom(seed);
        const group = Float64Array.from({ length: count * length }, random.normal);
        const changed = group.slice();
        haar(changed, count, length);
        expect(Math.hypot(...changed)).toBeCloseTo(Math.hypot(...group), 12);
        for (let i = 0; i < length; i++) {
          const sum = Array.from({ length: count }, (_, k) => group[k * length + i]!).reduce((a, b) => a + b);
          expect(changed[i]).toBeCloseTo(sum / Math.sqrt(count), 12);
        }
        inverseHaar(changed, count, length);
        close(changed, group);
      },
    ),
    { numRuns: 50 },
  );
});

test("the window is NumPy's", () => {
  close(
    kaiser(8, 2),
    [
      0.4386762798370488, 0.6813242630163212, 0.8768399053044084, 0.9858225062008237, 0.9858225062008237,
      0.8768399053044084, 0.6813242630163212, 0.4386762798370488,
    ],
  );
  expect(kaiser(11, 2)[5]).toBe(1);
});
