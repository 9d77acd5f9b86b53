import { InputError } from "../../image/inputError.js";
import { type DecodeCompiled, decodeHere } from "../compiledDecoders.js";
import { compressed } from "../compressed.js";
import { withCrc32c, withoutCrc32c } from "../crc32c.js";
import { inflateTrailed } from "../inflateTrailed.js";

/** A codec as version 3 writes it. */
export interface ZarrCodec {
  readonly name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Bytes to bytes, without loss. */
interface Compressor {
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** An `Error` where the bytes are damaged, and where they say that there are more than `most`, before memory is taken for them. */
  decode(bytes: Uint8Array, most: number, decodeCompiled: DecodeCompiled): Uint8Array | Promise<Uint8Array>;
}

/** What the sizes that the bytes speak of are compared with first: the decoders take memory for what they are told. */
const COMPRESSORS: Readonly<
  Record<string, (configuration: ZarrCodec["configuration"]) => Promise<Compressor>>
> = {
  blosc: async ({ cname = "lz4", clevel = 5, shuffle = 1, blocksize = 0 }) => {
    const { default: Blosc } = await import("numcodecs/blosc");
    const codec = Blosc.fromConfig({
      id: "blosc",
      cname: String(cname),
      clevel: Number(clevel),
      blocksize: Number(blocksize),
      // Version 3 has names for the numbers of version 2.
      shuffle: typeof shuffle === "number" ? shuffle : BLOSC_SHUFFLES.indexOf(String(shuffle)),
    });
    return {
      encode: (bytes) => codec.encode(bytes),
      decode: (bytes, most, decodeCompiled) => {
        if (bytes.length < 16 || uint32(bytes, 12) !== bytes.length) throw new Error("it was cut");
        expectAtMost(uint32(bytes, 4), most);
        return decodeCompiled("blosc", bytes, most);
      },
    };
  },
  zstd: async ({ level = 0 }) => {
    const { default: Zstd } = await import("numcodecs/zstd");
    const codec = Zstd.fromConfig({ id: "zstd", level: Number(level) });
    return {
      encode: (bytes) => codec.encode(bytes),
      decode: (bytes, most, decodeCompiled) => {
        expectAtMost(zstdContentSize(bytes), most);
        return decodeCompiled("zstd", bytes, most);
      },
    };
  },
  lz4: async ({ acceleration = 1 }) => {
    const { default: Lz4 } = await import("numcodecs/lz4");
    const codec = Lz4.fromConfig({ id: "lz4", acceleration: Number(acceleration) });
    return {
      encode: (bytes) => codec.encode(bytes),
      decode: (bytes, most, decodeCompiled) => {
        if (bytes.length < 4) throw new Error("it was cut");
        expectAtMost(uint32(bytes, 0), most);
        return decodeCompiled("lz4", bytes, most);
      },
    };
  },
  gzip: async () => streamed("gzip"),
  zlib: async () => streamed("deflate"),
  crc32c: async () => ({ encode: withCrc32c, decode: withoutCrc32c }),
};

const BLOSC_SHUFFLES: readonly string[] = ["noshuffle", "shuffle", "bitshuffle"];

/**
 * How Blosc orders the bits or bytes of values of so many bytes where a Zarr leaves it open (numcodecs' -1, names that are not known): bits of single bytes, else bytes. Nothing where it is said. Text where it was text.
 */
export function bloscShuffle(
  shuffle: unknown,
  elementBytes: number,
): { readonly shuffle: number | string } | undefined {
  const isNumber = typeof shuffle === "number";
  if (shuffle === undefined || (isNumber ? shuffle in BLOSC_SHUFFLES : isBloscShuffle(shuffle))) {
    return undefined;
  }
  const chosen = elementBytes === 1 ? 2 : 1;
  return { shuffle: isNumber ? chosen : BLOSC_SHUFFLES[chosen]! };
}

const isBloscShuffle = (name: unknown): boolean => BLOSC_SHUFFLES.some((known) => known === name);

/** Refuses compressors that are not there. `name` is what messages call the array. */
export function checkCompressors(compressors: readonly ZarrCodec[], name: string): void {
  const unknown = compressors.find((codec) => !Object.hasOwn(COMPRESSORS, codec.name));
  if (!unknown) return;
  const known = Object.keys(COMPRESSORS).join(", ");
  throw new InputError(`${name} is encoded by ${unknown.name}, which is not read; expected one of ${known}`);
}

/** The bytes of a chunk as they are in a file. */
export async function compress(chunk: Uint8Array, compressors: readonly ZarrCodec[]): Promise<Uint8Array> {
  let bytes = chunk;
  for (const { name, configuration } of compressors) {
    bytes = await (await COMPRESSORS[name]!(configuration)).encode(bytes);
  }
  return bytes;
}

/** The bytes of a chunk of `byteLength` bytes; an `Error` where they are damaged. */
export async function decompress(
  stored: Uint8Array,
  compressors: readonly ZarrCodec[],
  byteLength: number,
  decodeCompiled: DecodeCompiled = decodeHere,
): Promise<Uint8Array> {
  let bytes = stored;
  for (const { name, configuration } of compressors.toReversed()) {
    bytes = await (await COMPRESSORS[name]!(configuration)).decode(
      bytes,
      mostStored(byteLength),
      decodeCompiled,
    );
  }
  if (bytes.length !== byteLength) {
    throw new Error(`expected ${byteLength} bytes, got ${bytes.length}`);
  }
  return bytes;
}

/** Most bytes that compressors make of a chunk: those that find nothing to compress add a little. */
export function mostStored(byteLength: number): number {
  return byteLength + Math.ceil(byteLength / 16) + 2 ** 16;
}

/** The formats of the streams that every browser and Node have. */
function streamed(format: "gzip" | "deflate"): Compressor {
  return {
    encode: (bytes) => compressed(bytes, format),
    decode: async (bytes, most) => {
      const parts: Uint8Array[] = [];
      let length = 0;
      try {
        const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]) // no chunk is shared between threads
          .stream()
          .pipeThrough(new DecompressionStream(format));
        for await (const part of stream) {
          parts.push(part);
          length += part.length;
          expectAtMost(length, most);
        }
      } catch (error) {
        const found = format === "deflate" && length <= most && inflateTrailed(bytes, most);
        if (!found) throw error;
        return found;
      }
      const out = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
      return out;
    },
  };
}

function expectAtMost(length: number, most: number): void {
  if (length > most) throw new Error(`expected at most ${most} bytes, it says that there are ${length}`);
}

function uint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
}

/** The size in the header of the first frame (RFC 8878, section 3.1.1.1); 0 where it has none. */
function zstdContentSize(bytes: Uint8Array): number {
  if (bytes.length < 9) throw new Error("it was cut");
  if (uint32(bytes, 0) !== 0xfd2fb528) throw new Error("it is no zstd");
  const descriptor = bytes[4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  let at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  if (at + sizeBytes > bytes.length) throw new Error("it was cut");
  let size = 0;
  for (let i = 0; i < sizeBytes; i++) size += bytes[at++]! * 256 ** i;
  return sizeBytes === 2 ? size + 256 : size;
}
