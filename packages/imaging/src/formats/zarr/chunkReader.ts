import { ByteCache } from "../../image/byteCache.js";
import type { PixelArrays, PixelType } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { ReadOptions } from "../../image/source.js";
import { withoutCrc32c } from "../crc32c.js";
import type { ByteRange, FileStore } from "../fileStore.js";
import { fillPixels, pixelsOf } from "./chunkValues.js";
import { decompress, mostStored } from "./compressors.js";
import { chunksOfShard, ELEMENT_BYTES, type ZarrArray } from "./zarrArray.js";
import { inNode } from "./zarrNode.js";

/** The pixels of the chunk at a place, counted in chunks along each axis, whole where it reaches over the edge; the array is the caller's. */
export type ChunkReader = (place: readonly number[], options: ReadOptions) => Promise<PixelArrays[PixelType]>;

/** Bytes of the indices of shards that are kept. */
const INDEX_CACHE_BYTES = 2 ** 24;

/** The path below an array of the file at a place, counted in chunks or in shards. */
export function chunkKey({ prefix, separator }: ZarrArray, place: readonly number[]): string {
  return [...(prefix ? ["c"] : []), ...place].join(separator);
}

/** Reads the chunks of the array at `path`. One that is damaged is an `InputError` that names its file. */
export function chunkReader(files: FileStore, array: ZarrArray, path: string, name: string): ChunkReader {
  const byteLength = ELEMENT_BYTES[array.dataType] * array.chunks.reduce((a, b) => a * b, 1);
  const stored = array.sharding
    ? shardedBytes(files, array, path, byteLength)
    : plainBytes(files, array, path);
  return async (place, options) => {
    const file = chunkKey(array, array.sharding ? shardOf(array, place).shard : place);
    try {
      const bytes = await stored(place, options);
      return bytes
        ? pixelsOf(array, await decompress(bytes, array.compressors, byteLength, files.decode), place)
        : fillPixels(array);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof InputError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new InputError(
        `${name}/${inNode(path, file)} cannot be read: chunk ${place.join("/")} is damaged or of another kind (${message})`,
        { cause: error },
      );
    }
  };
}

type StoredBytes = (place: readonly number[], options: ReadOptions) => Promise<Uint8Array | undefined>;

function plainBytes(files: FileStore, array: ZarrArray, path: string): StoredBytes {
  return (place, options) => files.read(inNode(path, chunkKey(array, place)), undefined, options);
}

/** The shard of a chunk, and its number there. */
export function shardOf(
  array: ZarrArray,
  place: readonly number[],
): { readonly shard: number[]; readonly number: number } {
  const counts = chunksOfShard(array);
  return {
    shard: place.map((at, i) => Math.floor(at / counts[i]!)),
    number: place.reduce((number, at, i) => number * counts[i]! + (at % counts[i]!), 0),
  };
}

/** Offset and length of a chunk that a shard has not. */
const ABSENT = 2n ** 64n - 1n;

function shardedBytes(files: FileStore, array: ZarrArray, path: string, byteLength: number): StoredBytes {
  const { location, bigEndian, checksum } = array.sharding!.index;
  const count = chunksOfShard(array).reduce((a, b) => a * b, 1);
  const indexBytes = 16 * count + (checksum ? 4 : 0);
  const range: ByteRange = location === "end" ? { last: indexBytes } : { offset: 0, length: indexBytes };
  const indices = new ByteCache(INDEX_CACHE_BYTES).part();
  return async (place, options) => {
    const { shard, number } = shardOf(array, place);
    const file = inNode(path, chunkKey(array, shard));
    // No signal: others may wait for the same index. One without bytes stands for a shard that is not there.
    const index = await indices.get(file, async () => {
      const bytes = await files.read(file, range);
      if (!bytes) return new Uint8Array(0);
      if (bytes.length !== indexBytes)
        throw new Error(`its index has ${bytes.length} of ${indexBytes} bytes`);
      return checksum ? withoutCrc32c(bytes) : bytes;
    });
    if (index.length === 0) return undefined;
    const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
    const [offset, length] = [0, 8].map((at) => view.getBigUint64(16 * number + at, !bigEndian));
    if (offset === ABSENT && length === ABSENT) return undefined;
    if (offset! > 2n ** 52n || length! > BigInt(mostStored(byteLength))) {
      throw new Error(`its index says that it has ${length} bytes from ${offset} on`);
    }
    const wanted = { offset: Number(offset), length: Number(length) };
    const bytes = await files.read(file, wanted, options);
    if (bytes?.length !== wanted.length) {
      throw new Error(`it has ${bytes?.length ?? 0} of ${wanted.length} bytes`);
    }
    return bytes;
  };
}
