import { allocate, type DType } from "../dtype.js";
import {
  expectDType,
  expectDTypeName,
  expectOptions,
  expectShape,
  expectTensor,
  expectValue,
  show,
} from "../primitives/expect.js";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../shape.js";
import { apply, Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { eq, ge, le, lt } from "./comparison.js";
import { where } from "./where.js";

/** Numbers nested to the depth of the rank; every list of one level has the same length. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** Host arrays that `tensor` copies from. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

const isNumericArray = (values: unknown): values is NumericArray =>
  ArrayBuffer.isView(values) &&
  !(values instanceof DataView || values instanceof BigInt64Array || values instanceof BigUint64Array);

/** What stands where numbers should, and what to do about it. */
function expectNumber(value: unknown, path: readonly number[]): asserts value is number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return;
  const advice =
    value instanceof Tensor
      ? path.length === 0
        ? "; it is a tensor already, cast and reshape change it"
        : "; stack or concat makes one tensor of several"
      : typeof value === "string" || typeof value === "bigint"
        ? "; convert with Number()"
        : value instanceof BigInt64Array || value instanceof BigUint64Array
          ? "; convert with Int32Array.from(values, Number)"
          : value instanceof ArrayBuffer || value instanceof DataView
            ? "; say what it holds, as in new Float32Array(buffer)"
            : value instanceof Promise
              ? "; await it first"
              : typeof value === "object" && value !== null && Symbol.iterator in value
                ? "; spread it, as in tensor([...values])"
                : "";
  const where = path.length === 0 ? "" : ` at [${path.join("][")}]`;
  throw new Error(`tensor: expected numbers, got ${show(value)}${where}${advice}`);
}

/** The shape of a nested list, read along its first entries, and the values it holds. */
function flattenNested(values: NestedNumbers): {
  readonly shape: Shape;
  readonly flat: readonly (number | boolean)[];
} {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: (number | boolean)[] = [];
  const visit = (level: unknown, path: readonly number[]): void => {
    const isList = Array.isArray(level);
    if (!isList) expectNumber(level, path);
    if (isList ? level.length !== shape[path.length] : path.length !== shape.length) {
      throw new Error(
        `tensor: nested lists must be regular; the first entries give shape ${formatShape(shape)}, another list differs at depth ${path.length}`,
      );
    }
    if (isList) Array.from(level, (entry: unknown, i) => visit(entry, [...path, i]));
    else flat.push(level);
  };
  visit(values, []);
  return { shape, flat };
}

/** bool for booleans and i32 and u32 for arrays of their own; f32 for everything else. */
function dtypeOf(values: NestedNumbers | NumericArray, flat: ArrayLike<number | boolean>): DType {
  if (values instanceof Int32Array) return "i32";
  if (values instanceof Uint32Array) return "u32";
  return typeof flat[0] === "boolean" ? "bool" : "f32";
}

/**
 * A tensor of host values, copied. The shape is that of the nesting, or `[length]` for a typed array, unless `shape` is given.
 * The dtype is i32 for an Int32Array, u32 for a Uint32Array, bool for booleans and f32 for everything else (bytes keep their values 0
 * to 255) unless `dtype` is given. Throws where values do not fit the dtype or the shape, and where they are no numbers.
 */
export function tensor(
  values: NestedNumbers | NumericArray,
  options: { readonly shape?: Shape; readonly dtype?: DType } = {},
): Tensor {
  // What files hold has shape and dtype, and may stand as the options of its own data.
  if (!(typeof options === "object" && options !== null && "data" in options)) {
    expectOptions("tensor", options, ["shape", "dtype"]);
  }
  if (options.dtype !== undefined) expectDTypeName("tensor", options.dtype);
  const { shape: natural, flat } = isNumericArray(values)
    ? { shape: [values.length], flat: values }
    : flattenNested(values);
  const own = dtypeOf(values, flat);
  const dtype = options.dtype ?? own;
  const shape = options.shape ?? natural;
  expectShape("tensor", shape);
  if (flat.length !== sizeOf(shape)) {
    throw new Error(`tensor: shape ${formatShape(shape)} needs ${sizeOf(shape)} values, got ${flat.length}`);
  }
  const data = allocate(dtype, flat.length);
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i]!;
    if (!isNumericArray(flat) && (typeof value === "boolean") !== (typeof flat[0] === "boolean")) {
      throw new Error("tensor: booleans and numbers cannot be mixed; write 1 and 0, or true and false");
    }
    if (dtype !== own && dtype !== "f32" && dtype !== "f16") expectValue("tensor", Number(value), dtype);
    data[i] = Number(value);
  }
  return apply("constant", [], { data, shape: [...shape], dtype });
}

function fill(op: string, shape: Shape, value: number, dtype: DType): Tensor {
  expectShape(op, shape);
  expectDTypeName(op, dtype);
  expectValue(op, value, dtype);
  return apply("full", [], { value, shape: [...shape], dtype });
}

/** A tensor with every element equal to `value`. */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  fill("full", shape, value, dtype);

/** A tensor of zeros. */
export const zeros = (shape: Shape, dtype: DType = "f32"): Tensor => fill("zeros", shape, 0, dtype);

/** A tensor of ones. */
export const ones = (shape: Shape, dtype: DType = "f32"): Tensor => fill("ones", shape, 1, dtype);

/** Zeros of the shape and dtype of `x`. */
export function zerosLike(x: Tensor): Tensor {
  expectTensor("zerosLike", "x", x);
  return full(x.shape, 0, x.dtype);
}

/** Ones of the shape and dtype of `x`. */
export function onesLike(x: Tensor): Tensor {
  expectTensor("onesLike", "x", x);
  return full(x.shape, 1, x.dtype);
}

/** The position along `axis` (negative counts from the end) at each element of a tensor of `shape`. */
export function iota(shape: Shape, axis: number, dtype: "i32" | "u32" | "f32" = "i32"): Tensor {
  expectShape("iota", shape);
  return apply("iota", [], { axis: normalizeAxis("iota", axis, shape.length), shape: [...shape], dtype });
}

type RangeDType = "i32" | "u32" | "f32";

function expectRangeDType(op: string, dtype: DType): void {
  expectDTypeName(op, dtype);
  if (dtype === "f16" || dtype === "bool") {
    throw new Error(`${op}: dtype must be f32, i32 or u32, got "${dtype}"; cast the result`);
  }
}

/** 0, 1, ..., n - 1. */
export function arange(n: number, dtype?: "i32" | "u32" | "f32"): Tensor;
/**
 * start, start + step, ... before stop, as NumPy's arange: i32 where the three are whole numbers, else f32, unless `dtype` is given. A step
 * that is no exact fraction may put one element more or less before `stop`: `linspace` counts.
 */
export function arange(start: number, stop: number, step?: number, dtype?: "i32" | "u32" | "f32"): Tensor;
export function arange(first: number, second?: number | RangeDType, third = 1, fourth?: RangeDType): Tensor {
  const counts = typeof second !== "number";
  const [start, stop, step] = counts ? [0, first, 1] : [first, second, third];
  const dtype = (counts ? second : fourth) ?? ([start, stop, step].every(Number.isInteger) ? "i32" : "f32");
  expectRangeDType("arange", dtype);
  const count = Math.ceil((stop - start) / step);
  if (!Number.isFinite(count) || count < 1 || (counts && !Number.isInteger(first))) {
    throw new Error(
      counts
        ? `arange: n must be a whole number of at least 1, got ${show(first)}`
        : `arange: there is nothing from ${show(start)} to ${show(stop)} in steps of ${show(step)}; there are no empty tensors`,
    );
  }
  for (const value of [start, step]) expectValue("arange", value, dtype);
  const positions = iota([count], 0, dtype);
  const scaled = step === 1 ? positions : mul(positions, step);
  return start === 0 ? scaled : add(scaled, start);
}

/** `count` numbers (f32) at equal distances from `start` to `stop`, both of which are among them: NumPy's linspace. */
export function linspace(start: number, stop: number, count: number): Tensor {
  if (!(Number.isFinite(start) && Number.isFinite(stop) && Number.isInteger(count) && count >= 1)) {
    throw new Error(
      `linspace: expected two finite numbers and a count of at least 1, got ${show(start)}, ${show(stop)}, ${show(count)}`,
    );
  }
  if (count === 1) return full([1], start);
  const step = (stop - start) / (count - 1);
  const i = iota([count], 0, "f32");
  // From the nearer end, so that both are exact.
  return where(lt(i, count / 2), add(mul(i, step), start), sub(stop, mul(sub(count - 1, i), step)));
}

/** The identity matrix [n, n]. */
export function eye(n: number, dtype: DType = "f32"): Tensor {
  expectShape("eye", [n]);
  expectDTypeName("eye", dtype);
  return cast(eq(iota([n, n], 0), iota([n, n], 1)), dtype);
}

/** Matrices x [...,M,N] without what lies above diagonal `diagonal` (0 the main one, 1 the next above): zeros there. */
export const tril = (x: Tensor, diagonal = 0): Tensor => triangle("tril", x, diagonal);

/** Matrices x [...,M,N] without what lies below diagonal `diagonal` (0 the main one, 1 the next above): zeros there. */
export const triu = (x: Tensor, diagonal = 0): Tensor => triangle("triu", x, diagonal);

function triangle(op: "tril" | "triu", x: Tensor, diagonal: number): Tensor {
  expectDType(op, "x", x, "numeric");
  if (x.shape.length < 2) throw new Error(`${op}: expected matrices [...,M,N], got ${formatShape(x.shape)}`);
  if (!Number.isInteger(diagonal)) {
    throw new Error(`${op}: diagonal must be a whole number, got ${show(diagonal)}`);
  }
  const plane = x.shape.slice(-2);
  const [above, column] = [add(iota(plane, 0), diagonal), iota(plane, 1)];
  return where((op === "tril" ? le : ge)(column, above), x, 0);
}
