import { allocate, type DType } from "../dtype.js";
import { expectShape, expectValue } from "../primitives/expect.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";

/** Numbers nested to the depth of the rank; every list of one level has the same length. */
export type NestedNumbers = number | readonly NestedNumbers[];

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

/** The shape of a nested list, read along its first entries, and the numbers it holds. */
function flattenNested(values: NestedNumbers): { readonly shape: Shape; readonly flat: readonly number[] } {
  const shape: number[] = [];
  for (let level = values; typeof level !== "number"; level = level[0] ?? 0) shape.push(level.length);
  const flat: number[] = [];
  const visit = (level: NestedNumbers, depth: number): void => {
    if (typeof level === "number" ? depth !== shape.length : level.length !== shape[depth]) {
      throw new Error(
        `tensor: nested lists must be regular; the first entries give shape ${formatShape(shape)}, another list differs at depth ${depth}`,
      );
    }
    if (typeof level === "number") flat.push(level);
    else for (const entry of level) visit(entry, depth + 1);
  };
  visit(values, 0);
  return { shape, flat };
}

/**
 * A tensor of host values, copied. The shape is that of the nesting, or `[length]` for a typed array, unless `shape` is given.
 * The dtype is i32 for an Int32Array, u32 for a Uint32Array and f32 for everything else (bytes keep their values 0 to 255)
 * unless `dtype` is given. Throws where values do not fit the dtype or the shape.
 */
export function tensor(
  values: NestedNumbers | NumericArray,
  options: { readonly shape?: Shape; readonly dtype?: DType } = {},
): Tensor {
  const typed = ArrayBuffer.isView(values);
  const { shape: natural, flat } = typed ? { shape: [values.length], flat: values } : flattenNested(values);
  const shape = [...(options.shape ?? natural)];
  const own = values instanceof Int32Array ? "i32" : values instanceof Uint32Array ? "u32" : "f32";
  const dtype = options.dtype ?? own;
  expectShape("tensor", shape);
  if (flat.length !== sizeOf(shape)) {
    throw new Error(`tensor: shape ${formatShape(shape)} needs ${sizeOf(shape)} values, got ${flat.length}`);
  }
  if (dtype !== own && dtype !== "f32" && dtype !== "f16")
    for (const value of flat) expectValue("tensor", value, dtype);
  const data = allocate(dtype, flat.length);
  data.set(flat);
  return apply("constant", [], { data, shape, dtype });
}

/** A tensor with every element equal to `value`. */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  apply("full", [], { value, shape: [...shape], dtype });

/** A tensor of zeros. */
export function zeros(shape: Shape, dtype: DType = "f32"): Tensor {
  expectShape("zeros", shape);
  return full(shape, 0, dtype);
}

/** A tensor of ones. */
export function ones(shape: Shape, dtype: DType = "f32"): Tensor {
  expectShape("ones", shape);
  return full(shape, 1, dtype);
}

/** Zeros of the shape and dtype of `x`. */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, x.dtype);

/** Ones of the shape and dtype of `x`. */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, x.dtype);

/** The position along `axis` (negative counts from the end) at each element of a tensor of `shape`. */
export const iota = (shape: Shape, axis: number, dtype: "i32" | "u32" | "f32" = "i32"): Tensor =>
  apply("iota", [], { axis: axis < 0 ? axis + shape.length : axis, shape: [...shape], dtype });

/** 0, 1, ..., n - 1. */
export function arange(n: number, dtype: "i32" | "u32" | "f32" = "i32"): Tensor {
  expectShape("arange", [n]);
  return iota([n], 0, dtype);
}

/** The identity matrix [n, n]. */
export const eye = (n: number, dtype: DType = "f32"): Tensor =>
  cast(eq(iota([n, n], 0), iota([n, n], 1)), dtype);
