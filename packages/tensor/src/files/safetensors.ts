import { allocate, type DType, type TypedArray } from "../dtype.js";
import { fromFloat8E4M3, fromFloat8E5M2 } from "../float8.js";
import { fromBrainFloat, fromHalf, toHalf } from "../float16.js";
import { show } from "../primitives/expect.js";
import { formatShape, type Shape, sizeOf } from "../shape.js";
import { expectData, expectHeader, type HostTensor } from "./hostTensor.js";

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

/** Bytes that are read piece by piece: a file handle, a Blob, or HTTP range requests behind one function. */
export interface RandomAccess {
  readonly byteLength: number;
  /** The bytes from `offset` on, exactly `length` of them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A safetensors file whose header has been read and checked; data stay where they are until asked for. */
export interface SafetensorsFile {
  /** What each name stands for, in the order of the header. */
  readonly entries: ReadonlyMap<string, { readonly dtype: DType; readonly shape: Shape }>;
  readonly metadata: Record<string, string>;
  /** Reads one tensor and nothing else. Rejects where the name is unknown or its data are damaged. */
  read(name: string): Promise<HostTensor>;
}

/** A tensor to be written, whose data are asked for when their turn comes. */
export interface SafetensorsSource {
  readonly dtype: DType;
  readonly shape: Shape;
  data(): TypedArray | Promise<TypedArray>;
}

type FileDType =
  | "F32"
  | "F16"
  | "BF16"
  | "F64"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I8"
  | "I16"
  | "I32"
  | "I64"
  | "U8"
  | "U16"
  | "U32"
  | "U64"
  | "BOOL";

interface FileDTypeRow {
  readonly bytes: number;
  /** What it is read as. */
  readonly dtype: DType;
  /** One element; undefined where the bytes are those of the dtype's own array, which is copied whole. */
  readonly get?: (view: DataView, offset: number) => number;
}

// Typed arrays are little-endian, as the file is, wherever WebGPU runs.
const rows: Readonly<Record<FileDType, FileDTypeRow>> = {
  F32: { bytes: 4, dtype: "f32" },
  F16: { bytes: 2, dtype: "f16", get: (view, offset) => fromHalf(view.getUint16(offset, true)) },
  BF16: { bytes: 2, dtype: "f32", get: (view, offset) => fromBrainFloat(view.getUint16(offset, true)) },
  F64: { bytes: 8, dtype: "f32", get: (view, offset) => view.getFloat64(offset, true) },
  F8_E4M3: { bytes: 1, dtype: "f32", get: (view, offset) => fromFloat8E4M3(view.getUint8(offset)) },
  F8_E5M2: { bytes: 1, dtype: "f32", get: (view, offset) => fromFloat8E5M2(view.getUint8(offset)) },
  I8: { bytes: 1, dtype: "i32", get: (view, offset) => view.getInt8(offset) },
  I16: { bytes: 2, dtype: "i32", get: (view, offset) => view.getInt16(offset, true) },
  I32: { bytes: 4, dtype: "i32" },
  I64: { bytes: 8, dtype: "i32", get: (view, offset) => Number(view.getBigInt64(offset, true)) },
  U8: { bytes: 1, dtype: "u32", get: (view, offset) => view.getUint8(offset) },
  U16: { bytes: 2, dtype: "u32", get: (view, offset) => view.getUint16(offset, true) },
  U32: { bytes: 4, dtype: "u32" },
  U64: { bytes: 8, dtype: "u32", get: (view, offset) => Number(view.getBigUint64(offset, true)) },
  BOOL: { bytes: 1, dtype: "bool" },
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
  /** Counted from the first byte after the header. */
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Record<string, string>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where the data start, from the first 8 bytes. */
function readStart(bytes: Uint8Array, byteLength: number): number {
  if (bytes.length < 8) fail(`a file starts with a header length of 8 bytes, got ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(byteLength - 8)) {
    fail(
      `the header length is ${length} bytes, but only ${byteLength - 8} follow; the file is truncated or no safetensors`,
    );
  }
  return 8 + Number(length);
}

/** The header's JSON, checked against the number of bytes that follow it. */
function readHeader(text: Uint8Array, dataLength: number): Header {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw new Error("readSafetensors: the header is not JSON in UTF-8; the file is no safetensors", {
      cause,
    });
  }
  expectDistinctKeys(new TextDecoder().decode(text));
  if (!isRecord(header)) return fail("the header must be an object of tensors");
  const { __metadata__: metadata, ...members } = header;
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
  return { entries, metadata: readMetadata(metadata) };
}

/** JSON.parse keeps the last of two members of one name; a tensor would be lost without a word. */
function expectDistinctKeys(json: string): void {
  const open: Set<string>[] = [];
  for (const [, text, colon, bracket] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|([{}])/g)) {
    if (bracket === "{") open.push(new Set());
    else if (bracket === "}") open.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(text!);
      if (open.at(-1)!.has(key)) fail(`the header names "${key}" twice; the file is damaged`);
      open.at(-1)!.add(key);
    }
  }
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

/** The tensor of `entry` from its own bytes. */
function readData({ name, dtype, shape }: Entry, bytes: Uint8Array): HostTensor {
  const row = rows[dtype];
  const data = allocate(row.dtype, sizeOf(shape));
  if (row.get) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < data.length; i++) {
      const value = row.get(view, i * row.bytes);
      if ((dtype === "I64" && value !== (value | 0)) || (dtype === "U64" && value !== value >>> 0))
        fail(`"${name}" holds ${value}, beyond the 32 bits that ${dtype} is read to`);
      data[i] = value;
    }
  } else {
    new Uint8Array(data.buffer).set(bytes);
    const odd = dtype === "BOOL" ? data.find((value) => value > 1) : undefined;
    if (odd !== undefined) fail(`"${name}" holds the byte ${odd}; BOOL is 0 or 1`);
  }
  return { dtype: row.dtype, shape, data };
}

/**
 * The tensors and the metadata of a safetensors file. BF16 and floats of 8 bits are read to f32, which holds them exactly, F64 is rounded to f32; smaller integers
 * are read to i32 and u32, I64 and U64 to these where their values fit. Throws where the file breaks
 * the format: header length, JSON, dtypes, lengths, and data that overlap, leave holes or run past the end.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const start = readStart(bytes, bytes.length);
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start);
  const tensors = entries.map((entry): [string, HostTensor] => [
    entry.name,
    readData(entry, bytes.subarray(start + entry.begin, start + entry.end)),
  ]);
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Reads the header of a safetensors file, checked as `readSafetensors` checks it; tensors are read one at a time, so that a file may be larger
 * than memory. Rejects where the file breaks the format or `source` returns fewer bytes than asked for.
 */
export async function openSafetensors(source: RandomAccess): Promise<SafetensorsFile> {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = await source.read(offset, length);
    return bytes.length === length
      ? bytes
      : fail(`${length} bytes at ${offset} were asked for, got ${bytes.length}; the file is truncated`);
  };
  const start = readStart(await read(0, Math.min(8, source.byteLength)), source.byteLength);
  const { entries, metadata } = readHeader(await read(8, start - 8), source.byteLength - start);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    entries: new Map(entries.map(({ name, dtype, shape }) => [name, { dtype: rows[dtype].dtype, shape }])),
    metadata,
    read: async (name) => {
      const entry = byName.get(name);
      if (!entry) return fail(`there is no "${name}"; the file has ${[...byName.keys()].join(", ")}`);
      return readData(entry, await read(start + entry.begin, entry.end - entry.begin));
    },
  };
}

const fileDType: Readonly<Record<DType, "F32" | "F16" | "I32" | "U32" | "BOOL">> = {
  f32: "F32",
  f16: "F16",
  i32: "I32",
  u32: "U32",
  bool: "BOOL",
};

/** The bytes of the file for some of a tensor's values. */
function toBytes(data: TypedArray, dtype: DType): Uint8Array {
  const words = dtype === "f16" ? Uint16Array.from(data, toHalf) : data;
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

interface Layout<T> {
  /** Everything before the data. */
  readonly header: Uint8Array;
  /** In the order of their data. */
  readonly placed: readonly { readonly name: string; readonly x: T; readonly begin: number }[];
  readonly dataLength: number;
}

/** Data lie aligned to their element size: wider dtypes first, and in the order of the record within a width. */
function layOut<T extends { readonly dtype: DType; readonly shape: Shape }>(
  op: string,
  tensors: Readonly<Record<string, T>>,
  metadata: Readonly<Record<string, string>>,
): Layout<T> {
  for (const [name, x] of Object.entries(tensors)) expectHeader(op, name, x);
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== "string") {
      throw new Error(`${op}: metadata must be strings, got ${show(text)} for "${name}"; JSON.stringify it`);
    }
  }
  const widthOf = ({ dtype }: T): number => rows[fileDType[dtype]].bytes;
  const entries = Object.entries(tensors).sort(([, a], [, b]) => widthOf(b) - widthOf(a));
  let end = 0;
  const placed = entries.map(([name, x]) => {
    if (name === "__metadata__") throw new Error(`${op}: __metadata__ is not a tensor name; choose another`);
    const begin = end;
    end += sizeOf(x.shape) * widthOf(x);
    return { name, x, begin, end };
  });
  const text = JSON.stringify({
    ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }),
    ...Object.fromEntries(
      placed.map(({ name, x, begin, end }) => [
        name,
        { dtype: fileDType[x.dtype], shape: x.shape, data_offsets: [begin, end] },
      ]),
    ),
  });
  const encoded = new TextEncoder().encode(text);
  const header = new Uint8Array(8 + Math.ceil(encoded.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(encoded, 8);
  return { header, placed, dataLength: end };
}

/**
 * A safetensors file. Data lie aligned to their element size: wider dtypes first, and in the order of the record within a width. Throws
 * where data do not fit dtype and shape, or metadata are no strings.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { header, placed, dataLength } = layOut("writeSafetensors", tensors, metadata);
  for (const [name, x] of Object.entries(tensors)) expectData("writeSafetensors", name, x);
  const bytes = new Uint8Array(header.length + dataLength);
  bytes.set(header);
  for (const { x, begin } of placed) bytes.set(toBytes(x.data, x.dtype), header.length + begin);
  return bytes;
}

/** Values per chunk of a stream. */
const chunkLength = 2 ** 20;

/**
 * The file that `writeSafetensors` makes, in chunks of up to 4 MiB: data are asked for tensor by tensor, in the order of the file, and let go
 * before the next. Shapes and dtypes are needed beforehand, as the header stands first. Rejects where data do not
 * fit dtype and shape.
 */
export async function* streamSafetensors(
  tensors: Readonly<Record<string, SafetensorsSource>>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { header, placed } = layOut("streamSafetensors", tensors, metadata);
  yield header;
  for (const { name, x } of placed) {
    const data = await x.data();
    expectData("streamSafetensors", name, { dtype: x.dtype, shape: x.shape, data });
    for (let i = 0; i < data.length; i += chunkLength) {
      yield toBytes(data.subarray(i, i + chunkLength), x.dtype);
    }
  }
}
