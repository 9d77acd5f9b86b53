import type { DType } from "../dtype.js";
import { expectDType, expectDTypeName, expectShape, expectValue, show } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { eq, ge, le, lt } from "./comparison.js";
import { full, iota, tensor } from "./creation.js";
import { where } from "./where.js";

// Numbers in rows, and what is picked by comparing rows with columns.

type RangeDType = "i32" | "u32" | "f32";

function expectRangeDType(op: string, dtype: DType): void {
  expectDTypeName(op, dtype);
  if (dtype === "f16" || dtype === "bool") {
    throw new Error(`${op}: dtype must be f32, i32 or u32, got "${dtype}"; cast the result`);
  }
}

/** Throws where numbers of a row are not finite, or their count is not whole. */
function expectRow(op: string, numbers: readonly number[], count: number): void {
  if (numbers.every(Number.isFinite) && Number.isInteger(count) && count >= 0) return;
  throw new Error(
    `${op}: expected finite numbers and a whole count, got ${numbers.map(show).join(", ")}, ${show(count)}`,
  );
}

/** 0, 1, ..., n - 1. */
export function arange(n: number, dtype?: "i32" | "u32" | "f32"): Tensor;
/**
 * start, start + step, ... before stop, as NumPy's arange, nothing where that comes first: i32 where the three are whole numbers, else f32, unless `dtype` is given. A step
 * that is no exact fraction may put one element more or less before `stop`: `linspace` counts.
 */
export function arange(start: number, stop: number, step?: number, dtype?: "i32" | "u32" | "f32"): Tensor;
export function arange(first: number, second?: number | RangeDType, third = 1, fourth?: RangeDType): Tensor {
  const counts = typeof second !== "number";
  const [start, stop, step] = counts ? [0, first, 1] : [first, second, third];
  const dtype = (counts ? second : fourth) ?? ([start, stop, step].every(Number.isInteger) ? "i32" : "f32");
  expectRangeDType("arange", dtype);
  // A tensor among them would be a TypeError of its own in the subtraction.
  const numbers = [start, stop, step].every(Number.isFinite);
  const count = numbers ? Math.ceil((stop - start) / step) : Number.NaN;
  if (!Number.isFinite(count) || (counts && !(Number.isInteger(first) && first >= 0))) {
    throw new Error(
      counts
        ? `arange: n must be a whole number, got ${show(first)}`
        : `arange: expected finite numbers and a step other than 0, got ${show(start)} to ${show(stop)} in steps of ${show(step)}`,
    );
  }
  const last = dtype === "f32" ? [] : [start + Math.max(0, count - 1) * step];
  for (const value of [start, step, ...last]) expectValue("arange", value, dtype);
  const positions = iota([Math.max(0, count)], 0, dtype);
  const scaled = step === 1 ? positions : mul(positions, step);
  return start === 0 ? scaled : add(scaled, start);
}

/**
 * `count` numbers at equal distances from `start` to `stop`, both of which are among them: NumPy's linspace. Of an integer `dtype` they are rounded towards 0, as in
 * PyTorch. Default f32.
 */
export function linspace(start: number, stop: number, count: number, dtype: RangeDType = "f32"): Tensor {
  expectRangeDType("linspace", dtype);
  expectRow("linspace", [start, stop], count);
  const step = (stop - start) / Math.max(count - 1, 1);
  if (dtype !== "f32") {
    const values = Array.from({ length: count }, (_, i) =>
      Math.trunc(start + (i * (stop - start)) / Math.max(count - 1, 1)),
    );
    return tensor(values, { dtype });
  }
  if (count <= 1) return full([count], start);
  const i = iota([count], 0, "f32");
  // From the nearer end, so that both are exact.
  return where(lt(i, count / 2), add(mul(i, step), start), sub(stop, mul(sub(count - 1, i), step)));
}

/**
 * `base` to the power of `count` numbers at equal distances from `start` to `stop`, both of which are among them: NumPy's, PyTorch's and JAX's logspace, f32. Computed in float64, so that each is the
 * nearest number.
 */
export function logspace(start: number, stop: number, count: number, base = 10): Tensor {
  expectRow("logspace", [start, stop, base], count);
  if (!(base > 0)) throw new Error(`logspace: base must be above 0, got ${show(base)}`);
  return tensor(evenly(start, stop, count).map((exponent) => base ** exponent));
}

/** `count` numbers of which each is the same multiple of the one before it, from `start` to `stop`, which are of one sign and not 0: NumPy's and JAX's geomspace, f32. Computed in float64. */
export function geomspace(start: number, stop: number, count: number): Tensor {
  expectRow("geomspace", [start, stop], count);
  if (start === 0 || stop === 0 || start > 0 !== stop > 0) {
    throw new Error(
      `geomspace: start and stop must be of one sign and not 0, got ${show(start)}, ${show(stop)}`,
    );
  }
  const logarithms = evenly(Math.log(Math.abs(start)), Math.log(Math.abs(stop)), count);
  const values = logarithms.map((logarithm) => Math.sign(start) * Math.exp(logarithm));
  // The ends as they are given.
  if (count > 1) values[count - 1] = stop;
  if (count > 0) values[0] = start;
  return tensor(values);
}

/** `count` numbers at equal distances, in float64, from the nearer end, so that both are exact. */
const evenly = (start: number, stop: number, count: number): number[] => {
  const step = (stop - start) / Math.max(count - 1, 1);
  return Array.from({ length: count }, (_, i) =>
    i < count / 2 ? start + i * step : stop - (count - 1 - i) * step,
  );
};

/** The identity matrix [n, n]. */
export function eye(n: number, dtype?: DType): Tensor;
/** A matrix [n, m] with ones on diagonal `k`, 0 the main one, 1 the next above: NumPy's eye. */
export function eye(n: number, m: number, k?: number, dtype?: DType): Tensor;
export function eye(n: number, second?: number | DType, k = 0, fourth: DType = "f32"): Tensor {
  const [m, dtype] = typeof second === "string" ? [n, second] : [second ?? n, fourth];
  expectShape("eye", [n, m]);
  expectDTypeName("eye", dtype);
  if (!Number.isInteger(k)) throw new Error(`eye: k must be a whole number, got ${show(k)}`);
  const row = iota([n, m], 0);
  return cast(eq(k === 0 ? row : add(row, k), iota([n, m], 1)), dtype);
}

/** Matrices x [...,M,N] without what lies above diagonal `diagonal` (0 the main one, 1 the next above): zeros there, false of bools. */
export const tril = (x: Tensor, diagonal = 0): Tensor => triangle("tril", x, diagonal);

/** Matrices x [...,M,N] without what lies below diagonal `diagonal` (0 the main one, 1 the next above): zeros there, false of bools. */
export const triu = (x: Tensor, diagonal = 0): Tensor => triangle("triu", x, diagonal);

function triangle(op: "tril" | "triu", x: Tensor, diagonal: number): Tensor {
  expectDType(op, "x", x, "any");
  if (x.shape.length < 2) throw new Error(`${op}: expected matrices [...,M,N], got ${formatShape(x.shape)}`);
  if (!Number.isInteger(diagonal)) {
    throw new Error(`${op}: diagonal must be a whole number, got ${show(diagonal)}`);
  }
  const plane = x.shape.slice(-2);
  const [above, column] = [add(iota(plane, 0), diagonal), iota(plane, 1)];
  return where((op === "tril" ? le : ge)(column, above), x, 0);
}
