import { allocate, type DType, type TypedArray } from "../../dtype.js";
import { fromHalf, toHalf } from "../../float16.js";
import type { WasmMemory } from "./webAssembly.js";

/** Bytes of an element, whatever its dtype: halves lie in memory as f32 that are halves, bools as 0 or 1. */
export const elementBytes = 4;

/** Views of a memory. Threads that share it make it no other to these: nobody else is at work when the host reads or writes. */
type Elements = Float32Array | Int32Array | Uint32Array;

const arrays: Readonly<
  Record<DType, new (buffer: ArrayBuffer | SharedArrayBuffer, start: number, length: number) => Elements>
> = { f32: Float32Array, f16: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint32Array };

/** The elements at an address. Another view is needed after memory has grown. */
export const elementsAt = ({ buffer }: WasmMemory, address: number, dtype: DType, length: number): Elements =>
  new arrays[dtype](buffer, address, length);

/** Writes host values to an address, rounded to the dtype. */
export function writeElements(
  memory: WasmMemory,
  address: number,
  dtype: DType,
  values: ArrayLike<number>,
): void {
  const elements = elementsAt(memory, address, dtype, values.length);
  elements.set(values);
  if (dtype !== "f16") return;
  elements.forEach((value, i) => {
    elements[i] = fromHalf(toHalf(value));
  });
}

/** A copy for the host. */
export function readElements(memory: WasmMemory, address: number, dtype: DType, length: number): TypedArray {
  const values = allocate(dtype, length);
  values.set(elementsAt(memory, address, dtype, length));
  return values;
}
