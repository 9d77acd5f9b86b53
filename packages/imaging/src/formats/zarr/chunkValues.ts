import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { Rounding } from "../../image/rounding.js";
import { ELEMENT_BYTES, type ZarrArray, type ZarrType } from "./zarrArray.js";

/** The dtype in which a data type is read: its own, or one that has all of its values. What float32 has not exactly is looked at chunk by chunk. */
export function pixelTypeOf(dataType: ZarrType): PixelType {
  switch (dataType) {
    case "uint8":
    case "uint16":
    case "int16":
      return dataType;
    case "int8":
      return "int16";
    case "float32":
    case "float64":
    case "uint32":
    case "int32":
    case "uint64":
    case "int64":
      return "float32";
    default:
      throw new Error(`pixelTypeOf: unknown data type ${dataType satisfies never}`);
  }
}

/** What is where there is no file. */
export function fillPixels({ fill, dataType, chunks }: ZarrArray): PixelArrays[PixelType] {
  const pixels = pixelArray(
    pixelTypeOf(dataType),
    chunks.reduce((a, b) => a * b, 1),
  );
  return pixels.fill(checked(Number(fill), dataType));
}

/** The pixels of the chunk at a place from its bytes, in the order of its axes. An `Error` names a value that float32 has not. The bytes may be changed. */
export function pixelsOf(
  array: ZarrArray,
  bytes: Uint8Array,
  place: readonly number[],
): PixelArrays[PixelType] {
  const width = ELEMENT_BYTES[array.dataType];
  if (pixelTypeOf(array.dataType) === "float32") clearBeyond(array, bytes, place);
  if (array.bigEndian && width > 1) swapBytes(bytes, width);
  // Arrays of numbers begin at multiples of their width.
  const { buffer, byteOffset, length } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const stored = converted(array.dataType, buffer as ArrayBuffer, byteOffset, length / width); // no chunk is shared
  const pixels = array.order ? transposed(stored, array.chunks, array.order) : stored;
  if (array.dataType === "float64") {
    roundings.set(pixels, roundingOf(new Float64Array(buffer as ArrayBuffer, byteOffset, length / width)));
  }
  return pixels;
}

const roundings = new WeakMap<PixelArrays[PixelType], Rounding>();

/** How the pixels of a chunk of float64 were rounded; undefined of other chunks. */
export const chunkRounding = (pixels: PixelArrays[PixelType]): Rounding | undefined => roundings.get(pixels);

function roundingOf(values: Float64Array): Rounding {
  const rounding = new Rounding();
  for (const value of values) rounding.add(value);
  return rounding;
}

/** What a chunk has beyond the edge of the array, where a writer may leave any value, is 0 then, or NaN of float64: neither is refused, nor counts for how the chunk is rounded. */
function clearBeyond(
  { shape, chunks, order, dataType }: ZarrArray,
  bytes: Uint8Array,
  place: readonly number[],
): void {
  const stored = order ?? chunks.map((_, axis) => axis);
  const size = stored.map((axis) => chunks[axis]!);
  const inside = stored.map((axis) => Math.min(chunks[axis]!, shape[axis]! - place[axis]! * chunks[axis]!));
  if (inside.every((extent, i) => extent === size[i])) return;
  // Every byte 255 is a NaN.
  const nothing = dataType === "float64" ? 255 : 0;
  const clear = (depth: number, from: number, span: number): void => {
    const step = span / size[depth]!;
    bytes.fill(nothing, from + inside[depth]! * step, from + span);
    if (depth + 1 === size.length) return;
    for (let at = 0; at < inside[depth]!; at++) clear(depth + 1, from + at * step, step);
  };
  clear(0, 0, bytes.length);
}

function converted(
  dataType: ZarrType,
  buffer: ArrayBuffer,
  offset: number,
  length: number,
): PixelArrays[PixelType] {
  switch (dataType) {
    case "uint8":
      return new Uint8Array(buffer, offset, length);
    case "uint16":
      return new Uint16Array(buffer, offset, length);
    case "int16":
      return new Int16Array(buffer, offset, length);
    case "float32":
      return new Float32Array(buffer, offset, length);
    case "int8":
      return Int16Array.from(new Int8Array(buffer, offset, length));
    case "uint32":
      return floats(new Uint32Array(buffer, offset, length), dataType);
    case "int32":
      return floats(new Int32Array(buffer, offset, length), dataType);
    case "float64":
      return floats(new Float64Array(buffer, offset, length), dataType);
    case "uint64":
      return floats(new BigUint64Array(buffer, offset, length), dataType);
    case "int64":
      return floats(new BigInt64Array(buffer, offset, length), dataType);
    default:
      throw new Error(`converted: unknown data type ${dataType satisfies never}`);
  }
}

function floats(
  values: Uint32Array | Int32Array | Float64Array | BigUint64Array | BigInt64Array,
  dataType: ZarrType,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    out[i] = checked(Number(value), dataType);
    // One of 64 bits may be rounded to a number that float32 has.
    if (typeof value === "bigint" && BigInt(out[i]!) !== value) throw notExact(value, dataType);
  }
  return out;
}

/** Integers are exact in float32 or refused; of float64 the nearest float32 is taken, where there is one. */
function checked(value: number, dataType: ZarrType): number {
  if (pixelTypeOf(dataType) !== "float32") return value;
  const nearest = Math.fround(value);
  const exact = Object.is(nearest, value) || dataType === "float64";
  if (exact && Number.isFinite(nearest) === Number.isFinite(value)) return nearest;
  throw notExact(value, dataType);
}

function notExact(value: number | bigint, dataType: ZarrType): Error {
  return new Error(`its value ${value} of ${dataType} is none of float32, as which it is read`);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** A box whose axes are stored in another order, in its own. */
function transposed(
  stored: PixelArrays[PixelType],
  shape: readonly number[],
  order: readonly number[],
): PixelArrays[PixelType] {
  const strides: number[] = shape.map(() => 1);
  let stride = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const out = stored.slice();
  const index = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < out.length; at++) {
    out[at] = stored[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
