import { fromBrainFloat, fromHalf } from "@clidim/tensor";
import type { OnnxTensor } from "./onnxFile.js";

/** How a number of `TensorProto.DataType` is stored, and what it becomes. */
interface Stored {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: OnnxTensor["dtype"];
  readonly read: (view: DataView, offset: number) => number;
}

const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/** Integers of 64 bits are sizes and positions, whose largest means "to the end". */
const held = (value: bigint, least: number, most: number): number =>
  value < BigInt(least) ? least : value > BigInt(most) ? most : Number(value);

/** By the numbers of `TensorProto.DataType`. */
const types: Readonly<Record<number, Stored>> = {
  1: { name: "float", bytes: 4, dtype: "f32", read: (view, at) => view.getFloat32(at, true) },
  2: { name: "uint8", bytes: 1, dtype: "i32", read: (view, at) => view.getUint8(at) },
  3: { name: "int8", bytes: 1, dtype: "i32", read: (view, at) => view.getInt8(at) },
  4: { name: "uint16", bytes: 2, dtype: "i32", read: (view, at) => view.getUint16(at, true) },
  5: { name: "int16", bytes: 2, dtype: "i32", read: (view, at) => view.getInt16(at, true) },
  6: { name: "int32", bytes: 4, dtype: "i32", read: (view, at) => view.getInt32(at, true) },
  7: {
    name: "int64",
    bytes: 8,
    dtype: "i32",
    read: (view, at) => held(view.getBigInt64(at, true), LEAST, MOST),
  },
  9: { name: "bool", bytes: 1, dtype: "bool", read: (view, at) => (view.getUint8(at) ? 1 : 0) },
  10: { name: "float16", bytes: 2, dtype: "f32", read: (view, at) => fromHalf(view.getUint16(at, true)) },
  11: { name: "double", bytes: 8, dtype: "f32", read: (view, at) => view.getFloat64(at, true) },
  12: { name: "uint32", bytes: 4, dtype: "u32", read: (view, at) => view.getUint32(at, true) },
  13: {
    name: "uint64",
    bytes: 8,
    dtype: "u32",
    read: (view, at) => held(view.getBigUint64(at, true), 0, 2 ** 32 - 1),
  },
  16: {
    name: "bfloat16",
    bytes: 2,
    dtype: "f32",
    read: (view, at) => fromBrainFloat(view.getUint16(at, true)),
  },
};

/** How a type is stored. Throws for those that tensors cannot hold, such as texts and complex numbers. */
export function storedType(number: number, what: string): Stored {
  const type = types[number];
  if (type) return type;
  const known = Object.values(types).map(({ name }) => name);
  throw new Error(
    `importOnnx: ${what} is of type ${number} of TensorProto.DataType; known are ${known.join(", ")}`,
  );
}

const arrayOf = (dtype: OnnxTensor["dtype"], length: number): OnnxTensor["data"] =>
  dtype === "f32"
    ? new Float32Array(length)
    : dtype === "i32"
      ? new Int32Array(length)
      : new Uint32Array(length);

/** From the bytes of `raw_data`: row-major and little-endian. */
export function fromBytes(
  number: number,
  shape: readonly number[],
  bytes: Uint8Array,
  what: string,
): OnnxTensor {
  const { dtype, bytes: each, read, name } = storedType(number, what);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== size * each) {
    throw new Error(
      `importOnnx: ${what} is ${name} [${shape}] and needs ${size * each} bytes, the file has ${bytes.length}`,
    );
  }
  const data = arrayOf(dtype, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < size; i++) data[i] = read(view, i * each);
  return { dtype, shape, data };
}

/** From the numbers of `float_data`, `int32_data`, `int64_data` and so on. Halves stand there as their bits. */
export function fromNumbers(
  number: number,
  shape: readonly number[],
  numbers: readonly number[],
  what: string,
): OnnxTensor {
  const { dtype, name } = storedType(number, what);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (numbers.length !== size) {
    throw new Error(
      `importOnnx: ${what} is ${name} [${shape}] and needs ${size} numbers, the file has ${numbers.length}`,
    );
  }
  const data = arrayOf(dtype, size);
  const value = name === "float16" ? fromHalf : name === "bfloat16" ? fromBrainFloat : (x: number) => x;
  numbers.forEach((each, i) => {
    const known = value(each);
    data[i] = dtype === "i32" ? Math.max(LEAST, Math.min(MOST, known)) : known;
  });
  return { dtype, shape, data };
}
