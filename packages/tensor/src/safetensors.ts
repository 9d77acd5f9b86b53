import { allocate, type DType, type TypedArray } from "./dtype.js";
import { fromHalf, toHalf } from "./float16.js";
import { formatShape, type Shape, sizeOf } from "./shape.js";

/** Values on the host, row-major. f16 values are held as f32. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

export interface Safetensors {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

type FileDType = "F32" | "F16" | "I32" | "U32" | "BOOL" | "U8" | "I64";

interface FileDTypeRow {
  readonly bytes: number;
  /** What it is read as. */
  readonly dtype: DType;
  readonly get: (view: DataView, offset: number) => number;
}

const rows: Readonly<Record<FileDType, FileDTypeRow>> = {
  F32: { bytes: 4, dtype: "f32", get: (view, offset) => view.getFloat32(offset, true) },
  F16: { bytes: 2, dtype: "f16", get: (view, offset) => fromHalf(view.getUint16(offset, true)) },
  I32: { bytes: 4, dtype: "i32", get: (view, offset) => view.getInt32(offset, true) },
  U32: { bytes: 4, dtype: "u32", get: (view, offset) => view.getUint32(offset, true) },
  BOOL: { bytes: 1, dtype: "bool", get: (view, offset) => view.getUint8(offset) },
  U8: { bytes: 1, dtype: "u32", get: (view, offset) => view.getUint8(offset) },
  I64: { bytes: 8, dtype: "i32", get: (view, offset) => Number(view.getBigInt64(offset, true)) },
};

const isFileDType = (name: unknown): name is FileDType =>
  typeof name === "string" && Object.hasOwn(rows, name);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const fail = (problem: string): never => {
  throw new Error(`readSafetensors: ${problem}`);
};

interface Entry {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readHeader(bytes: Uint8Array): {
  readonly header: Readonly<Record<string, unknown>>;
  readonly start: number;
} {
  if (bytes.length < 8) fail(`a file starts with a header length of 8 bytes, got ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const start = 8 + Number(length);
  if (length > BigInt(bytes.length - 8)) {
    fail(
      `the header length is ${length} bytes, but only ${bytes.length - 8} follow; the file is truncated or no safetensors`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw new Error("readSafetensors: the header is not JSON in UTF-8; the file is no safetensors", {
      cause,
    });
  }
  return isRecord(header) ? { header, start } : fail("the header must be an object of tensors");
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) return fail("__metadata__ must be an object of strings");
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name,
      typeof text === "string" ? text : fail(`__metadata__.${name} must be a string`),
    ]),
  );
}

function readEntry(name: string, value: unknown, dataLength: number): Entry {
  if (!isRecord(value)) return fail(`the entry of "${name}" must be an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isFileDType(dtype)) {
    return fail(`"${name}" has dtype ${JSON.stringify(dtype)}; known are ${Object.keys(rows).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`"${name}" needs a shape of whole numbers, got ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`"${name}" needs two data_offsets, got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = [offsets[0]!, offsets[1]!];
  if (begin > end || end > dataLength) {
    fail(
      `"${name}" has data_offsets [${begin},${end}], the data have ${dataLength} bytes; the file is truncated or damaged`,
    );
  }
  const expected = sizeOf(shape) * rows[dtype].bytes;
  if (end - begin !== expected) {
    fail(
      `"${name}" ${dtype} ${formatShape(shape)} needs ${expected} bytes, data_offsets give ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function readData({ name, dtype, shape, begin }: Entry, view: DataView, start: number): HostTensor {
  const row = rows[dtype];
  const data = allocate(row.dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const value = row.get(view, start + begin + i * row.bytes);
    if (dtype === "I64" && value !== (value | 0))
      fail(`"${name}" holds ${value}, beyond the 32 bits that I64 is read to`);
    if (dtype === "BOOL" && value > 1) fail(`"${name}" holds the byte ${value}; BOOL is 0 or 1`);
    data[i] = value;
  }
  return { dtype: row.dtype, shape, data };
}

/**
 * The tensors and the metadata of a safetensors file. U8 is read to u32, I64 to i32 where its values fit. Throws where the file breaks
 * the format: header length, JSON, dtypes, lengths, and data that overlap, leave holes or run past the end.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata, ...members } = header;
  const dataLength = bytes.length - start;
  const entries = Object.entries(members).map(([name, value]) => readEntry(name, value, dataLength));
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      fail(
        `the data of "${entry.name}" ${entry.begin < end ? "overlap others" : "leave a hole"} at byte ${entry.begin}`,
      );
    }
    end = entry.end;
  }
  if (end !== dataLength) fail(`${dataLength - end} bytes at the end belong to no tensor`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    tensors: Object.fromEntries(entries.map((entry) => [entry.name, readData(entry, view, start)])),
    metadata: readMetadata(metadata),
  };
}

const fileDType: Readonly<Record<DType, "F32" | "F16" | "I32" | "U32" | "BOOL">> = {
  f32: "F32",
  f16: "F16",
  i32: "I32",
  u32: "U32",
  bool: "BOOL",
};

const put: Readonly<Record<DType, (view: DataView, offset: number, value: number) => void>> = {
  f32: (view, offset, value) => view.setFloat32(offset, value, true),
  f16: (view, offset, value) => view.setUint16(offset, toHalf(value), true),
  i32: (view, offset, value) => view.setInt32(offset, value, true),
  u32: (view, offset, value) => view.setUint32(offset, value, true),
  bool: (view, offset, value) => view.setUint8(offset, value),
};

/**
 * A safetensors file. Data lie aligned to their element size: wider dtypes first, and in the order of the record within a width. Throws
 * where data do not have the length of their shape.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const widthOf = ({ dtype }: HostTensor): number => rows[fileDType[dtype]].bytes;
  const entries = Object.entries(tensors).sort(([, a], [, b]) => widthOf(b) - widthOf(a));
  let end = 0;
  const placed = entries.map(([name, x]) => {
    if (name === "__metadata__") throw new Error("writeSafetensors: __metadata__ is not a tensor name");
    if (x.data.length !== sizeOf(x.shape)) {
      throw new Error(
        `writeSafetensors: "${name}" ${formatShape(x.shape)} needs ${sizeOf(x.shape)} values, got ${x.data.length}`,
      );
    }
    const begin = end;
    end += x.data.length * widthOf(x);
    return { name, x, begin, end };
  });
  const header = JSON.stringify({
    ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }),
    ...Object.fromEntries(
      placed.map(({ name, x, begin, end }) => [
        name,
        { dtype: fileDType[x.dtype], shape: x.shape, data_offsets: [begin, end] },
      ]),
    ),
  });
  const text = new TextEncoder().encode(header);
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(text, 8);
  for (const { x, begin } of placed) {
    const width = widthOf(x);
    for (const [i, value] of x.data.entries()) put[x.dtype](view, start + begin + i * width, value);
  }
  return bytes;
}
