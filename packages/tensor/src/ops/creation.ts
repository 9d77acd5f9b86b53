import { allocate, type DType } from "../dtype.js";
import {
  expectDTypeName,
  expectOptions,
  expectShape,
  expectTensor,
  expectValue,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import { apply, Tensor } from "../tensor.js";

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
