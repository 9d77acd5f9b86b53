import { z } from "zod";
import { InputError } from "../../image/inputError.js";
import { checkCompressors, type ZarrCodec } from "./compressors.js";
import type { ZarrNode } from "./zarrNode.js";

/** Data types of which images are read, with the bytes of an element. */
export const ELEMENT_BYTES = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
} as const;
export type ZarrType = keyof typeof ELEMENT_BYTES;

/** How chunks are put together into files. */
export interface Sharding {
  /** The extents of what one file has, multiples of the chunk's. */
  readonly shape: readonly number[];
  readonly index: {
    readonly location: "start" | "end";
    readonly bigEndian: boolean;
    readonly checksum: boolean;
  };
}

/** An array of either version, in the terms of version 3. Plain data. */
export interface ZarrArray {
  readonly version: 2 | 3;
  readonly shape: readonly number[];
  /** The extents of what is decoded at once. */
  readonly chunks: readonly number[];
  readonly sharding?: Sharding;
  readonly dataType: ZarrType;
  /** What is where no file is; text for what JSON has no number for, integers of 64 bits as they are written. */
  readonly fill: number | "NaN" | "Infinity" | "-Infinity";
  /** The axes of a chunk in the order in which they are stored, the slowest first; as they are without it. */
  readonly order?: readonly number[];
  readonly bigEndian: boolean;
  /** What is done to the bytes of a chunk, one after the other. */
  readonly compressors: readonly ZarrCodec[];
  readonly separator: "." | "/";
  /** Whether names of files begin with `c`, as those of version 3 do by default. */
  readonly prefix: boolean;
}

/** Bytes of the largest chunk that is decoded: it has to be in memory as a whole. */
const MOST_CHUNK_BYTES = 2 ** 30;

/** Bytes of the largest index of a shard. */
const MOST_INDEX_BYTES = 2 ** 26;

const extent = z.int().positive();
const extents = z.array(extent).min(2).max(12);
const separator = z.enum([".", "/"]);
const codecs = z.array(
  z.object({ name: z.string(), configuration: z.record(z.string(), z.unknown()).optional() }),
);
const v2Codec = z.looseObject({ id: z.string() });

const v2Document = z.object({
  shape: extents,
  chunks: extents,
  dtype: z.string(),
  compressor: v2Codec.nullish(),
  filters: z.array(v2Codec).nullish(),
  fill_value: z.unknown(),
  order: z.enum(["C", "F"]).default("C"),
  dimension_separator: separator.default("."),
});

const grid = z.object({ name: z.literal("regular"), configuration: z.object({ chunk_shape: extents }) });
const v3Document = z.object({
  shape: extents,
  data_type: z.string(),
  chunk_grid: grid,
  chunk_key_encoding: z.object({
    name: z.enum(["default", "v2"]),
    configuration: z.object({ separator: separator.optional() }).optional(),
  }),
  codecs,
  fill_value: z.unknown(),
  storage_transformers: z.array(z.unknown()).max(0).optional(),
});

const shardingConfiguration = z.object({
  chunk_shape: extents,
  codecs,
  index_codecs: codecs,
  index_location: z.enum(["start", "end"]).default("end"),
});

/** The array that a node is, every size of it checked; what cannot be read is an `InputError`. `name` is what messages call it. */
export function zarrArrayOf(node: ZarrNode, name: string): ZarrArray {
  const array = node.version === 3 ? version3(node, name) : version2(node, name);
  const { shape, chunks, sharding, dataType } = array;
  const rank = shape.length;
  if (chunks.length !== rank || (sharding && sharding.shape.length !== rank)) {
    throw new InputError(`${name} is damaged: its shape has ${rank} axes, its chunks have ${chunks.length}`);
  }
  const bytes = ELEMENT_BYTES[dataType] * chunks.reduce((a, b) => a * b, 1);
  if (bytes > MOST_CHUNK_BYTES) {
    throw new InputError(
      `${name} has chunks of [${chunks.join()}] ${dataType}, which are ${bytes} bytes each; expected at most ${MOST_CHUNK_BYTES}, write it with smaller chunks`,
    );
  }
  if (!Number.isSafeInteger(shape.reduce((a, b) => a * b, 8))) {
    throw new InputError(`${name} is damaged: it says that its shape is [${shape.join()}]`);
  }
  if (sharding) {
    if (sharding.shape.some((size, i) => size % chunks[i]! !== 0)) {
      throw new InputError(
        `${name} is damaged: its shards of [${sharding.shape.join()}] are no multiples of its chunks of [${chunks.join()}]`,
      );
    }
    if (16 * chunksOfShard(array).reduce((a, b) => a * b, 1) > MOST_INDEX_BYTES) {
      throw new InputError(`${name} has more chunks in a shard than are read, write it with larger chunks`);
    }
  }
  checkCompressors(array.compressors, name);
  return array;
}

/** How many chunks a shard has along each axis. */
export function chunksOfShard({ chunks, sharding }: Pick<ZarrArray, "chunks" | "sharding">): number[] {
  return chunks.map((size, i) => (sharding?.shape[i] ?? size) / size);
}

function version2({ document }: ZarrNode, name: string): ZarrArray {
  const { shape, chunks, dtype, compressor, filters, fill_value, order, dimension_separator } = parsed(
    v2Document,
    document,
    name,
  );
  const { dataType, bigEndian } = v2Type(dtype, name);
  if (filters && filters.length > 0) {
    throw new InputError(
      `${name} is filtered by ${filters[0]!.id}, which is not read; write it without filters`,
    );
  }
  const { id, ...configuration } = compressor ?? { id: "" };
  return {
    ...{ version: 2, shape, chunks, dataType, separator: dimension_separator, prefix: false },
    fill: fillOf(fill_value, dataType, name),
    ...(order === "F" && { order: chunks.map((_, i) => i).reverse() }),
    bigEndian,
    compressors: compressor ? [{ name: id, configuration }] : [],
  };
}

function version3({ document }: ZarrNode, name: string): ZarrArray {
  const array = parsed(v3Document, document, name);
  const dataType = typeOf(array.data_type, name);
  const { name: encoding, configuration } = array.chunk_key_encoding;
  const own = {
    ...{ version: 3 as const, shape: array.shape, dataType, prefix: encoding === "default" },
    separator: configuration?.separator ?? (encoding === "default" ? "/" : "."),
    fill: fillOf(array.fill_value, dataType, name),
  };
  const stored = array.chunk_grid.configuration.chunk_shape;
  const [first, ...others] = array.codecs;
  if (first?.name !== "sharding_indexed") {
    return { ...own, chunks: stored, ...pipeline(array.codecs, stored.length, name) };
  }
  if (others.length > 0) {
    throw new InputError(
      `${name} has shards that are encoded as a whole (${others[0]!.name}), which is not read`,
    );
  }
  const sharding = parsed(shardingConfiguration, first.configuration, name);
  const [bytes, checksum, ...rest] = sharding.index_codecs;
  if (bytes?.name !== "bytes" || (checksum && checksum.name !== "crc32c") || rest.length > 0) {
    const got = sharding.index_codecs.map((codec) => codec.name).join(", ");
    throw new InputError(`${name} has shards whose index is encoded by ${got}; expected bytes, crc32c`);
  }
  return {
    ...own,
    chunks: sharding.chunk_shape,
    ...pipeline(sharding.codecs, stored.length, name),
    sharding: {
      shape: stored,
      index: {
        location: sharding.index_location,
        bigEndian: bytes.configuration?.endian === "big",
        checksum: checksum !== undefined,
      },
    },
  };
}

const permutation = z.object({ order: z.array(z.int().nonnegative()) });

/** What a list of codecs does: transpose at most once, make bytes, compress these. */
function pipeline(
  list: z.infer<typeof codecs>,
  rank: number,
  name: string,
): Pick<ZarrArray, "order" | "bigEndian" | "compressors"> {
  const transpose = list[0]?.name === "transpose" ? list[0] : undefined;
  const [bytes, ...compressors] = transpose ? list.slice(1) : list;
  if (bytes?.name !== "bytes") {
    throw new InputError(
      `${name} is encoded by ${bytes?.name ?? "nothing"}, which is not read; expected bytes`,
    );
  }
  const order = transpose && parsed(permutation, transpose.configuration, name).order;
  if (order && (order.length !== rank || order.some((_, axis) => !order.includes(axis)))) {
    throw new InputError(`${name} is damaged: it transposes ${rank} axes by [${order.join()}]`);
  }
  return {
    ...(order && { order }),
    bigEndian: bytes.configuration?.endian === "big",
    // Version 3 has the codecs of version 2 under names of their own.
    compressors: compressors.map(({ name: codec, configuration = {} }) => {
      return { name: codec.replace(/^numcodecs\./, ""), configuration };
    }),
  };
}

function parsed<S extends z.ZodType>(schema: S, document: unknown, name: string): z.infer<S> {
  const { data, error } = schema.safeParse(document);
  if (!error) return data as z.infer<S>; // parsed by the schema
  const { path, message } = error.issues[0]!;
  throw new InputError(
    `${name} cannot be read: its ${path.join(".") || "metadata"} is not as expected (${message})`,
  );
}

const V2_TYPES: Readonly<Record<string, ZarrType>> = {
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f4: "float32",
  f8: "float64",
};

function v2Type(dtype: string, name: string): { readonly dataType: ZarrType; readonly bigEndian: boolean } {
  const [, order, letters = ""] = /^([<>|])(.*)$/.exec(dtype) ?? [];
  const dataType = V2_TYPES[letters];
  if (!dataType) return { dataType: typeOf(dtype, name), bigEndian: false };
  return { dataType, bigEndian: order === ">" };
}

/** The dtype of version 2 for what is written. */
export function v2TypeText(dataType: ZarrType): string {
  const [letters] = Object.entries(V2_TYPES).find(([, type]) => type === dataType)!; // all are there
  return `${ELEMENT_BYTES[dataType] === 1 ? "|" : "<"}${letters}`;
}

function typeOf(dataType: string, name: string): ZarrType {
  if (Object.hasOwn(ELEMENT_BYTES, dataType)) return dataType as ZarrType; // one of its keys
  const known = Object.keys(ELEMENT_BYTES).join(", ");
  throw new InputError(`${name} has pixels of ${dataType}, expected one of ${known}; convert it first`);
}

function fillOf(value: unknown, dataType: ZarrType, name: string): ZarrArray["fill"] {
  const isFloat = dataType.startsWith("float");
  if (value === null || value === undefined) return 0;
  if (isFloat && (value === "NaN" || value === "Infinity" || value === "-Infinity")) return value;
  if (typeof value === "number" && (isFloat || fits(value, dataType))) return value;
  // Version 3 may write the bits of a number.
  if (isFloat && typeof value === "string" && /^0x[0-9a-f]+$/i.test(value)) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigUint64(0, BigInt(value) << (dataType === "float32" ? 32n : 0n));
    const fill = dataType === "float32" ? bits.getFloat32(0) : bits.getFloat64(0);
    return Number.isFinite(fill) ? fill : (String(fill) as ZarrArray["fill"]); // NaN, Infinity or -Infinity
  }
  throw new InputError(`${name} is damaged: its fill value ${JSON.stringify(value)} is none of ${dataType}`);
}

/** Whether a value is one of an integer type. */
export function fits(value: number, dataType: ZarrType): boolean {
  if (dataType.startsWith("float")) return true;
  const bits = 8 * ELEMENT_BYTES[dataType];
  const signed = !dataType.startsWith("u");
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits];
  // JSON has numbers of 53 bits: the highest of 64 bits is read as the next power of 2.
  return Number.isInteger(value) && value >= low && (value < high || (bits === 64 && value === high));
}
