/**
 * Element types. `f16` is storage only: arithmetic is done in f32. A `bool` occupies four bytes on the device,
 * as WGSL cannot store its own.
 */
export type DType = "f32" | "f16" | "i32" | "u32" | "bool";

/** The host-side array of each dtype; `f16` travels as f32 and `bool` as 0 or 1. */
export interface TypedArrayOf {
  f32: Float32Array;
  f16: Float32Array;
  i32: Int32Array;
  u32: Uint32Array;
  bool: Uint8Array;
}

/** The host-side array of some dtype. */
export type TypedArray = TypedArrayOf[DType];

/** Bytes per element in a device buffer. */
export const bytesPerElement: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i32: 4, u32: 4, bool: 4 };

/** Whether values of `dtype` have gradients. */
export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f16";

/** An all-zero host array for `length` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  const constructors: { readonly [K in DType]: new (length: number) => TypedArrayOf[K] } = {
    f32: Float32Array,
    f16: Float32Array,
    i32: Int32Array,
    u32: Uint32Array,
    bool: Uint8Array,
  };
  return new constructors[dtype](length);
}
