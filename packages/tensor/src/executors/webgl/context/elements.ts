import { allocate, type DType, type TypedArray } from "../../../dtype.js";
import { fromHalf, toHalf } from "../../../float16.js";

/** Bytes of an element, whatever its dtype: halves lie in textures as f32 that are halves, bools as 0 or 1. */
export const elementBytes = 4;

const arrays: Readonly<
  Record<DType, new (buffer: ArrayBufferLike, start: number, length: number) => TypedArray>
> = {
  f32: Float32Array,
  f16: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint32Array,
};

/** Words as the values that they are. */
export const valuesOf = (words: Uint32Array, dtype: DType): TypedArray =>
  new arrays[dtype](words.buffer, words.byteOffset, words.length);

/** The words of host values, rounded to the dtype. */
export function wordsOf(dtype: DType, values: ArrayLike<number>): Uint32Array {
  const words = new Uint32Array(values.length);
  const elements = valuesOf(words, dtype);
  elements.set(values);
  if (dtype === "f16") {
    elements.forEach((value, i) => {
      elements[i] = fromHalf(toHalf(value));
    });
  }
  return words;
}

/** The values of words in the host's array of the dtype. */
export function hostValues(words: Uint32Array, dtype: DType): TypedArray {
  const values = allocate(dtype, words.length);
  values.set(valuesOf(words, dtype));
  return values;
}
