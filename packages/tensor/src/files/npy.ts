import { allocate, type DType } from "../dtype.js";
import { fromHalf, toHalf } from "../float16.js";
import { forEachStrided } from "../primitives/strided.js";
import { formatShape, type Shape, sizeOf, stridesOf } from "../shape.js";
import { expectData, expectHeader, type HostTensor } from "./hostTensor.js";

interface NpyRow {
  /** What it is read as. */
  readonly dtype: DType;
  readonly get: (view: DataView, offset: number, littleEndian: boolean) => number;
}

/** By kind and bytes per element, as in NumPy's type strings. */
const rows: Readonly<Record<string, NpyRow>> = {
  f2: { dtype: "f16", get: (view, offset, little) => fromHalf(view.getUint16(offset, little)) },
  f4: { dtype: "f32", get: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { dtype: "f32", get: (view, offset, little) => view.getFloat64(offset, little) },
  i1: { dtype: "i32", get: (view, offset) => view.getInt8(offset) },
  i2: { dtype: "i32", get: (view, offset, little) => view.getInt16(offset, little) },
  i4: { dtype: "i32", get: (view, offset, little) => view.getInt32(offset, little) },
  i8: { dtype: "i32", get: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  u1: { dtype: "u32", get: (view, offset) => view.getUint8(offset) },
  u2: { dtype: "u32", get: (view, offset, little) => view.getUint16(offset, little) },
  u4: { dtype: "u32", get: (view, offset, little) => view.getUint32(offset, little) },
  u8: { dtype: "u32", get: (view, offset, little) => Number(view.getBigUint64(offset, little)) },
  b1: { dtype: "bool", get: (view, offset) => view.getUint8(offset) },
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

const fail = (problem: string): never => {
  throw new Error(`readNpy: ${problem}`);
};

interface NpyHeader {
  readonly row: NpyRow;
  readonly type: string;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  readonly start: number;
}

/** Magic, version, the length of the text, and the text: a Python dict of three members. */
function readHeader(bytes: Uint8Array, view: DataView): NpyHeader {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    fail('a file starts with the bytes "\\x93NUMPY"; this is no .npy file');
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) fail(`version ${version} is unknown; 1, 2 and 3 are read`);
  const lengthBytes = version === 1 ? 2 : 4;
  const textStart = 8 + lengthBytes;
  if (bytes.length < textStart) fail(`the file ends in its header after ${bytes.length} bytes`);
  const start = textStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) {
    fail(`the header ends at byte ${start}, but the file has ${bytes.length}; it is truncated`);
  }
  const text = new TextDecoder().decode(bytes.subarray(textStart, start)).trim();
  const member = (name: string, pattern: string): string =>
    new RegExp(`^\\{.*['"]${name}['"]\\s*:\\s*${pattern}\\s*[,}]`).exec(text)?.[1] ??
    fail(`the header has no valid "${name}": ${text.slice(0, 200)}`);
  if (/['"]descr['"]\s*:\s*\[/.test(text)) {
    fail(`structured types are not read (${text.slice(0, 200)}); save each field as an array of its own`);
  }
  const descr = member("descr", `['"]([^'"]*)['"]`);
  const [, order, type] = /^([<>|=]?)(\w+)$/.exec(descr) ?? fail(`type "${descr}" is not understood`);
  if (!Object.hasOwn(rows, type!)) {
    fail(`type "${descr}" is not read; known are ${Object.keys(rows).join(", ")}, convert with astype`);
  }
  const extents = member("shape", "\\(((?:\\s*\\d+L?\\s*(?:,|(?=\\))))*\\s*)\\)").split(",");
  const shape = extents.map((extent) => extent.trim().replace(/L$/, "")).filter((extent) => extent !== "");
  return {
    row: rows[type!]!,
    type: type!,
    littleEndian: order !== ">",
    fortranOrder: member("fortran_order", "(True|False)") === "True",
    shape: shape.map(Number),
    start,
  };
}

/**
 * The array of a .npy file (NumPy's format, versions 1 to 3), of either byte order, in row-major order whichever it was saved in. f8 is rounded
 * to f32; smaller integers are read to i32 and u32, i8 and u8 where their values fit. Throws where the file breaks the format.
 */
export function readNpy(bytes: Uint8Array): HostTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { row, type, littleEndian, fortranOrder, shape, start } = readHeader(bytes, view);
  const width = Number(type.slice(1));
  const expected = sizeOf(shape) * width;
  if (bytes.length - start !== expected) {
    fail(
      `${type} ${formatShape(shape)} needs ${expected} bytes of data, the file has ${bytes.length - start}; it is damaged`,
    );
  }
  const data = allocate(row.dtype, sizeOf(shape));
  const strides = fortranOrder ? stridesOf(shape.toReversed()).reverse() : stridesOf(shape);
  forEachStrided(shape, strides, 0, (position, source) => {
    const value = row.get(view, start + source * width, littleEndian);
    data[position] = value;
    if (width === 8 && row.dtype !== "f32" && data[position] !== value) {
      fail(`element ${position} is ${value}, beyond the 32 bits that ${type} is read to`);
    }
    if (type === "b1" && value > 1) fail(`element ${position} is the byte ${value}; b1 is 0 or 1`);
  });
  return { dtype: row.dtype, shape, data };
}

const typeOf: Readonly<Record<DType, string>> = {
  f32: "<f4",
  f16: "<f2",
  i32: "<i4",
  u32: "<u4",
  bool: "|b1",
};

/** What stands before the data in a file of version 1: magic, version, length, and the text, up to a multiple of 64 bytes, after a line break. */
function headerOf({ dtype, shape }: Omit<HostTensor, "data">): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${typeOf[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = new Uint8Array(Math.ceil((10 + text.length + 1) / 64) * 64).fill(0x20);
  header.set([...magic, 1, 0]);
  new DataView(header.buffer).setUint16(8, header.length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[header.length - 1] = 0x0a;
  return header;
}

/** How many bytes `writeNpy` makes of a tensor of this dtype and shape. */
export function npyLength(x: Omit<HostTensor, "data">): number {
  expectHeader("writeNpy", "", x);
  return headerOf(x).length + sizeOf(x.shape) * Number(typeOf[x.dtype].slice(2));
}

/** A .npy file of version 1, which NumPy loads as the dtype of the same name. Throws where data do not fit dtype and shape. */
export function writeNpy(x: HostTensor): Uint8Array {
  expectHeader("writeNpy", "", x);
  expectData("writeNpy", "", x);
  const header = headerOf(x);
  const words = x.dtype === "f16" ? Uint16Array.from(x.data, toHalf) : x.data;
  const bytes = new Uint8Array(header.length + words.byteLength);
  bytes.set(header);
  // Typed arrays are little-endian, as the file is, wherever WebGPU runs.
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), header.length);
  return bytes;
}
