/** Decoders that are C, compiled to WebAssembly: of blocks of zstd in TIFFs, whose length is told, and of what OME-Zarr has, which says its length itself. */
export type CompiledDecoder = "zstdBlock" | "blosc" | "zstd" | "lz4";

/**
 * Decodes bytes by one of the decoders, to `length` bytes as far as the bytes do not say themselves how many they stand for. What comes is the caller's; an `Error` where the bytes are damaged.
 */
export type DecodeCompiled = (
  decoder: CompiledDecoder,
  bytes: Uint8Array,
  length: number,
) => Promise<Uint8Array>;

type Decode = (bytes: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>;

/**
 * Decoders that are C, compiled to WebAssembly: they have a memory of their own (2^31 bytes at most), and what they write to a wrong place in there, no engine notices. So it may be that damaged bytes
 * make one run for ever, which those in JavaScript cannot, as each of their steps takes a byte or gives one. They are large, and loaded where a file needs them.
 */
const DECODERS: Readonly<Record<CompiledDecoder, () => Promise<Decode>>> = {
  /** A block of a TIFF. What is wrong comes as an array of another length. */
  zstdBlock: async () => {
    const { ZSTDDecoder } = await import("zstddec");
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return (bytes, length) => decoder.decode(bytes, length);
  },
  blosc: async () => {
    const codec = (await import("numcodecs/blosc")).default.fromConfig({ id: "blosc" });
    return (bytes) => codec.decode(bytes);
  },
  zstd: async () => {
    const codec = (await import("numcodecs/zstd")).default.fromConfig({ id: "zstd" });
    return (bytes) => codec.decode(bytes);
  },
  lz4: async () => {
    const codec = (await import("numcodecs/lz4")).default.fromConfig({ id: "lz4" });
    return (bytes) => codec.decode(bytes);
  },
};

const loaded = new Map<CompiledDecoder, Promise<Decode>>();

/** In the thread that calls it. */
export const decodeHere: DecodeCompiled = async (decoder, bytes, length) => {
  const known = loaded.get(decoder) ?? DECODERS[decoder]();
  loaded.set(decoder, known);
  return (await known)(bytes, length);
};
