import { cosine8, foldedProduct, inverseCosine8, unfoldedProduct } from "./fastCosine.js";
import { biorthogonal8 } from "./fastWavelet.js";
import { type InPlace, matrixProduct } from "./matrixProduct.js";

/** A linear transform of `side` values, and so of the rows and columns of blocks; its first coefficient belongs to a constant. */
export interface BlockTransform {
  readonly side: number;
  /** [side, side]: a row of unit length for each coefficient, so that white noise has its standard deviation in each. */
  readonly forward: Float64Array;
  /** [side, side]: the inverse of `forward`; the first column is constant. */
  readonly inverse: Float64Array;
  /** Transforms `side` values in place, as `forward` has it within rounding, */
  readonly analyse: InPlace;
  /** and back. */
  readonly synthesise: InPlace;
}

/** The orthonormal cosine transform (DCT-II). */
export function cosine(side: number): BlockTransform {
  const forward = new Float64Array(side * side);
  const inverse = new Float64Array(side * side);
  for (let k = 0; k < side; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / side);
    for (let i = 0; i < side; i++) {
      const value = scale * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * side));
      forward[k * side + i] = value;
      inverse[i * side + k] = value;
    }
  }
  const fast =
    side === 8
      ? { analyse: cosine8, synthesise: inverseCosine8 }
      : { analyse: foldedProduct(forward, side), synthesise: unfoldedProduct(inverse, side) };
  return { side, forward, inverse, ...fast };
}

/** How a half-band value is predicted from the differences of the pairs around it, by their distance: the wavelet 1.5 of Cohen, Daubechies and Feauveau (1992). */
const LIFTING = [
  [-2, 3 / 128],
  [-1, -22 / 128],
  [1, 22 / 128],
  [2, -3 / 128],
] as const;

/**
 * The biorthogonal wavelet transform 1.5 to the last level with periodic borders, its rows scaled to unit length: first the mean, then the differences, those of the widest first.
 * The side is a power of 2.
 */
export function biorthogonal(side: number): BlockTransform {
  const forward = new Float64Array(side * side);
  const inverse = new Float64Array(side * side);
  for (let i = 0; i < side; i++) {
    const unit = Float64Array.from({ length: side }, (_, k) => (k === i ? 1 : 0));
    for (const [k, value] of analysed(unit).entries()) forward[k * side + i] = value;
    for (const [k, value] of synthesised(unit).entries()) inverse[k * side + i] = value;
  }
  const lengths = Array.from({ length: side }, (_, k) =>
    Math.hypot(...forward.subarray(k * side, (k + 1) * side)),
  );
  for (const [k, length] of lengths.entries()) {
    for (let i = 0; i < side; i++) {
      forward[k * side + i]! /= length;
      inverse[i * side + k]! *= length;
    }
  }
  const fast =
    side === 8
      ? biorthogonal8(lengths[1]!, lengths[2]!)
      : { analyse: matrixProduct(forward, side), synthesise: matrixProduct(inverse, side) };
  return { side, forward, inverse, ...fast };
}

/** Of each pair the difference, and the sum with the lifted differences of other pairs; of these sums the same again. */
function analysed(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  let rest = values;
  while (rest.length > 1) {
    const pairs = rest.length / 2;
    const now = rest;
    const differences = Float64Array.from(
      { length: pairs },
      (_, k) => (now[2 * k]! - now[2 * k + 1]!) * Math.SQRT1_2,
    );
    out.set(differences, pairs);
    rest = Float64Array.from(
      { length: pairs },
      (_, k) => (now[2 * k]! + now[2 * k + 1]!) * Math.SQRT1_2 + lifted(differences, k),
    );
  }
  out[0] = rest[0]!;
  return out;
}

/** The inverse of `analysed`. */
function synthesised(coefficients: Float64Array): Float64Array {
  let sums = coefficients.slice(0, 1);
  while (sums.length < coefficients.length) {
    const differences = coefficients.subarray(sums.length, 2 * sums.length);
    const out = new Float64Array(2 * sums.length);
    for (const [k, value] of sums.entries()) {
      const sum = value - lifted(differences, k);
      out[2 * k] = (sum + differences[k]!) * Math.SQRT1_2;
      out[2 * k + 1] = (sum - differences[k]!) * Math.SQRT1_2;
    }
    sums = out;
  }
  return sums;
}

function lifted(differences: Float64Array, k: number): number {
  const pairs = differences.length;
  return LIFTING.reduce(
    (sum, [distance, weight]) => sum + weight * differences[(k + distance + 2 * pairs) % pairs]!,
    0,
  );
}
