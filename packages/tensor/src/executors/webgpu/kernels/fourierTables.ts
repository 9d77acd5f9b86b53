import { fourierTransform, rootsOfUnity } from "../../../primitives/fourierTransform.js";
import { remember } from "../../../remember.js";

/** Neighbouring roots that stand in the table as such; the others are products of two. */
const mostRoots = 4096;

/** Tables of the last lengths, which programs share while they are here. */
const tables: Map<string, Uint32Array> = new Map();
const mostTables = 64;

/** What kernels read, computed in float64 and rounded to f32. */
function remembered(key: string, parts: () => readonly ArrayLike<number>[]): Uint32Array {
  return remember(tables, key, mostTables, () => {
    const made = parts();
    const values = new Float32Array(made.reduce((total, { length }) => total + length, 0));
    let end = 0;
    for (const part of made) {
      values.set(part, end);
      end += part.length;
    }
    return new Uint32Array(values.buffer);
  });
}

/** The roots that steps of a radix read, with `rest` numbers left to transform: see shaders/fft.butterflies.wgsl. */
export function rootTable(
  radix: number,
  rest: number,
): { readonly words: Uint32Array; readonly fine: number } {
  // One level while it is small, else two of about the same size.
  const bits = Math.ceil(Math.log2(rest));
  const fine = rest <= mostRoots ? bits : Math.ceil(bits / 2);
  const words = remembered(`${radix} of ${rest}`, () => {
    const roots = rootsOfUnity(rest);
    const neighbours = 2 ** fine;
    const coarse = Array.from({ length: Math.ceil(rest / neighbours) }, (_, k) => k * neighbours);
    const missing = new Float64Array(Math.max(0, 2 * (neighbours - rest)));
    return [
      rootsOfUnity(radix),
      roots.subarray(0, 2 * neighbours),
      missing,
      coarse.flatMap((k) => [roots[2 * k]!, roots[2 * k + 1]!]),
    ];
  });
  return { words, fine };
}

/** exp(-i pi j^2 / n) for j below n. */
function chirp(n: number): Float64Array {
  const values = new Float64Array(2 * n);
  for (let j = 0; j < n; j++) {
    // The angle has period 2 n in j^2, which is exact below 2^53.
    const angle = (Math.PI * ((j * j) % (2 * n))) / n;
    values[2 * j] = Math.cos(angle);
    values[2 * j + 1] = -Math.sin(angle);
  }
  return values;
}

/** What Bluestein's algorithm multiplies with before and after its convolution of `size` numbers, and the transform of what it convolves with, over `size`. */
export function chirpTables(
  n: number,
  size: number,
): { readonly chirp: Uint32Array; readonly kernel: Uint32Array } {
  return {
    chirp: remembered(`chirp ${n}`, () => [chirp(n)]),
    kernel: remembered(`chirp ${n} of ${size}`, () => {
      const values = chirp(n);
      const around = new Float64Array(2 * size);
      for (let j = 0; j < n; j++) {
        for (const place of [j, (size - j) % size]) {
          around[2 * place] = values[2 * j]! / size;
          around[2 * place + 1] = -values[2 * j + 1]! / size;
        }
      }
      return [fourierTransform(around, false)];
    }),
  };
}
