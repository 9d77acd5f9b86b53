import pairs from "../../../../../shaders/jacobiPairs.wgsl?raw";
import { nan } from "./matrices.js";

/** A shader of one of Jacobi's methods, with what all share. */
export const jacobiShader = (wgsl: string): string => `${wgsl}\n${pairs}`;

/** The parameters of such a shader. As a rule 6 to 10 sweeps are enough; a matrix that needs more is left as it is then. */
export const jacobiSizes = (n: number): Readonly<Record<string, number>> => ({
  n,
  players: n + (n % 2),
  sweeps: 30,
  nan,
});

/** Cosine and sine of the rotation after which two columns are orthogonal, given their squares and their product (Golub and Van Loan, 8.4). */
export function rotationFor(alpha: number, beta: number, gamma: number): readonly [number, number] {
  const cotangent = (beta - alpha) / (2 * gamma);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
  const c = 1 / Math.hypot(1, tangent);
  return [c, c * tangent];
}

/** Turns columns p and q of a square matrix. */
export function rotateColumns(x: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const [one, other] = [x[k * n + p]!, x[k * n + q]!];
    x[k * n + p] = c * one - s * other;
    x[k * n + q] = s * one + c * other;
  }
}

/** Calls `rotate` for all pairs of columns until it says of none that it did something. */
export function sweep(n: number, rotate: (p: number, q: number) => boolean): void {
  for (let turn = 0, going = true; going && turn < 60; turn++) {
    going = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (rotate(p, q)) going = true;
  }
}

export function identity(n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) result[i * n + i] = 1;
  return result;
}

/** Copies columns to their place in an order of values, with a positive sign for the largest component of each of `signs`; all NaN where there is one. */
export function placeColumns(
  n: number,
  order: readonly number[],
  signs: Float64Array,
  copies: readonly (readonly [from: Float64Array, to: Float64Array])[],
): void {
  order.forEach((k, place) => {
    let most = 0;
    for (let i = 0; i < n; i++) if (Math.abs(signs[i * n + k]!) > Math.abs(most)) most = signs[i * n + k]!;
    for (const [from, to] of copies) {
      for (let i = 0; i < n; i++) to[i * n + place] = (most < 0 ? -1 : 1) * from[i * n + k]!;
    }
  });
}
