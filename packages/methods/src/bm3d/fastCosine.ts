import type { InPlace } from "./matrixProduct.js";

const half = (k: number): number => Math.cos((Math.PI * k) / 16) / 2;
const [C1, C2, C3, C4, C5, C6, C7] = [half(1), half(2), half(3), half(4), half(5), half(6), half(7)];

/** The orthonormal cosine transform (DCT-II) of 8 values, by what is even and odd about their middle. */
export function cosine8(values: Float64Array): void {
  const a = values[0]!;
  const b = values[1]!;
  const c = values[2]!;
  const d = values[3]!;
  const e = values[4]!;
  const f = values[5]!;
  const g = values[6]!;
  const h = values[7]!;
  const ah = a + h;
  const bg = b + g;
  const cf = c + f;
  const de = d + e;
  const outer = ah + de;
  const inner = bg + cf;
  const outerOdd = ah - de;
  const innerOdd = bg - cf;
  values[0] = (outer + inner) * C4;
  values[4] = (outer - inner) * C4;
  values[2] = outerOdd * C2 + innerOdd * C6;
  values[6] = outerOdd * C6 - innerOdd * C2;
  const p = a - h;
  const q = b - g;
  const r = c - f;
  const s = d - e;
  values[1] = p * C1 + q * C3 + r * C5 + s * C7;
  values[3] = p * C3 - q * C7 - r * C1 - s * C5;
  values[5] = p * C5 - q * C1 + r * C7 + s * C3;
  values[7] = p * C7 - q * C5 + r * C3 - s * C1;
}

/** The inverse of `cosine8`. */
export function inverseCosine8(values: Float64Array): void {
  const first = values[0]! * C4;
  const last = values[4]! * C4;
  const second = values[2]!;
  const sixth = values[6]!;
  const outer = first + last;
  const inner = first - last;
  const outerOdd = second * C2 + sixth * C6;
  const innerOdd = second * C6 - sixth * C2;
  const ah = outer + outerOdd;
  const de = outer - outerOdd;
  const bg = inner + innerOdd;
  const cf = inner - innerOdd;
  const p = values[1]!;
  const q = values[3]!;
  const r = values[5]!;
  const s = values[7]!;
  const a = p * C1 + q * C3 + r * C5 + s * C7;
  const b = p * C3 - q * C7 - r * C1 - s * C5;
  const c = p * C5 - q * C1 + r * C7 + s * C3;
  const d = p * C7 - q * C5 + r * C3 - s * C1;
  values[0] = ah + a;
  values[7] = ah - a;
  values[1] = bg + b;
  values[6] = bg - b;
  values[2] = cf + c;
  values[5] = cf - c;
  values[3] = de + d;
  values[4] = de - d;
}

/** The product with a matrix [side, side] whose even rows are even about their middle and whose odd ones are odd: a cosine transform. */
export function foldedProduct(matrix: Float64Array, side: number): InPlace {
  const pairs = side >> 1;
  const sums = new Float64Array(side - pairs);
  const differences = new Float64Array(pairs);
  return (values) => {
    for (let i = 0; i < pairs; i++) {
      const one = values[i]!;
      const other = values[side - 1 - i]!;
      sums[i] = one + other;
      differences[i] = one - other;
    }
    if (side % 2 === 1) sums[pairs] = values[pairs]!;
    for (let k = 0; k < side; k += 2) {
      let sum = 0;
      for (let i = 0; i < sums.length; i++) sum += matrix[k * side + i]! * sums[i]!;
      values[k] = sum;
    }
    for (let k = 1; k < side; k += 2) {
      let sum = 0;
      for (let i = 0; i < pairs; i++) sum += matrix[k * side + i]! * differences[i]!;
      values[k] = sum;
    }
  };
}

/** The inverse of a `foldedProduct` from the inverse matrix: rows about the middle differ in the sign of odd columns. */
export function unfoldedProduct(matrix: Float64Array, side: number): InPlace {
  const given = new Float64Array(side);
  return (values) => {
    for (let k = 0; k < side; k++) given[k] = values[k]!;
    for (let i = 0; 2 * i < side; i++) {
      let [even, odd] = [0, 0];
      for (let k = 0; k < side; k += 2) even += matrix[i * side + k]! * given[k]!;
      for (let k = 1; k < side; k += 2) odd += matrix[i * side + k]! * given[k]!;
      values[i] = even + odd;
      values[side - 1 - i] = even - odd;
    }
  };
}
