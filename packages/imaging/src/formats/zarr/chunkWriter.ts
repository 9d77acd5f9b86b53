import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { withCrc32c } from "../crc32c.js";
import { type FolderSink, writeInto } from "../folderSink.js";
import type { Sink } from "../sink.js";
import { chunkKey, shardOf } from "./chunkReader.js";
import { pixelTypeOf } from "./chunkValues.js";
import { compress } from "./compressors.js";
import { chunksOfShard, type ZarrArray } from "./zarrArray.js";
import { inNode } from "./zarrNode.js";

/** Rows of a plane that follow one another, over its whole width. */
export interface PlaneRows {
  /** The first of them. */
  readonly top: number;
  readonly height: number;
  readonly data: PixelArrays[PixelType];
}

interface OpenChunk {
  readonly data: PixelArrays[PixelType];
  /** So many rows of its planes are not there yet. */
  missing: number;
}

interface OpenShard {
  readonly file: Sink;
  readonly index: BigUint64Array;
  /** Where the next chunk goes. */
  position: number;
  /** So many of its chunks are not there yet. */
  missing: number;
}

/**
 * Writes an array by rows of its planes, in any order. A chunk is in memory from its first row to its last, and goes to its file then; shards are written as
 * their chunks come.
 */
export class ChunkWriter {
  readonly #folder: FolderSink;
  readonly #path: string;
  readonly #array: ZarrArray;
  readonly #chunks = new Map<string, OpenChunk>();
  readonly #shards = new Map<string, OpenShard>();

  /** An array that is stored in the order of its axes, of which the last two are Y and X, and little-endian. */
  constructor(folder: FolderSink, path: string, array: ZarrArray) {
    this.#folder = folder;
    this.#path = path;
    this.#array = array;
  }

  /** Writes rows of the plane at these indices of the axes before Y and X. */
  async write(indices: readonly number[], { top, height: count, data: pixels }: PlaneRows): Promise<void> {
    const { shape, chunks } = this.#array;
    const width = shape.at(-1)!;
    const [chunkHeight, chunkWidth] = chunks.slice(-2) as [number, number]; // the last two of at least two
    const bottom = top + count;
    const outer = indices.map((index, axis) => Math.floor(index / chunks[axis]!));
    // Of the plane within its chunks, counted in planes of a chunk.
    const plane = indices.reduce((at, index, axis) => at * chunks[axis]! + (index % chunks[axis]!), 0);
    for (let y = top - (top % chunkHeight); y < bottom; y += chunkHeight) {
      for (let x = 0; x < width; x += chunkWidth) {
        const place = [...outer, y / chunkHeight, x / chunkWidth];
        const chunk = this.#chunk(place);
        const columns = Math.min(chunkWidth, width - x);
        const [first, end] = [Math.max(y, top), Math.min(y + chunkHeight, bottom)];
        for (let row = first; row < end; row++) {
          const at = (plane * chunkHeight + row - y) * chunkWidth;
          const from = (row - top) * width + x;
          chunk.data.set(pixels.subarray(from, from + columns), at);
        }
        chunk.missing -= end - first;
        if (chunk.missing > 0) continue;
        this.#chunks.delete(place.join());
        await this.#store(place, chunk.data);
      }
    }
  }

  #chunk(place: readonly number[]): OpenChunk {
    const key = place.join();
    const known = this.#chunks.get(key);
    if (known) return known;
    const { shape, chunks, dataType, fill } = this.#array;
    const data = pixelArray(
      pixelTypeOf(dataType),
      chunks.reduce((a, b) => a * b, 1),
    );
    if (fill !== 0) data.fill(Number(fill));
    const missing = place
      .slice(0, -1)
      .reduce((count, at, axis) => count * Math.min(chunks[axis]!, shape[axis]! - at * chunks[axis]!), 1);
    const chunk = { data, missing };
    this.#chunks.set(key, chunk);
    return chunk;
  }

  async #store(
    place: readonly number[],
    { buffer, byteOffset, byteLength }: PixelArrays[PixelType],
  ): Promise<void> {
    const bytes = await compress(new Uint8Array(buffer, byteOffset, byteLength), this.#array.compressors);
    if (this.#array.sharding) return this.#storeInShard(place, bytes);
    await writeInto(this.#folder, inNode(this.#path, chunkKey(this.#array, place)), bytes);
  }

  async #storeInShard(place: readonly number[], bytes: Uint8Array): Promise<void> {
    const { shard: shardPlace, number } = shardOf(this.#array, place);
    const key = chunkKey(this.#array, shardPlace);
    const { location, checksum } = this.#array.sharding!.index;
    let shard = this.#shards.get(key);
    if (!shard) {
      const count = chunksOfShard(this.#array).reduce((a, b) => a * b, 1);
      const indexBytes = 16 * count + (checksum ? 4 : 0);
      shard = {
        file: await this.#folder.create(inNode(this.#path, key)),
        // Offset and length of a chunk that is not there: those beyond the edges.
        index: new BigUint64Array(2 * count).fill(2n ** 64n - 1n),
        position: location === "start" ? indexBytes : 0,
        missing: this.#chunksWithin(shardPlace),
      };
      this.#shards.set(key, shard);
    }
    await shard.file.write(bytes, shard.position);
    shard.index.set([BigInt(shard.position), BigInt(bytes.length)], 2 * number);
    shard.position += bytes.length;
    shard.missing -= 1;
    if (shard.missing > 0) return;
    this.#shards.delete(key);
    const index = new Uint8Array(shard.index.buffer);
    await shard.file.write(checksum ? withCrc32c(index) : index, location === "start" ? 0 : shard.position);
    await shard.file.commit();
  }

  /** How many chunks of a shard are not beyond the edges of the array. */
  #chunksWithin(place: readonly number[]): number {
    const { shape, chunks } = this.#array;
    return chunksOfShard(this.#array).reduce((product, count, axis) => {
      const all = Math.ceil(shape[axis]! / chunks[axis]!);
      return product * Math.min(count, all - place[axis]! * count);
    }, 1);
  }
}
