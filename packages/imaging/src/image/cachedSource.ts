import { ByteCache, type CachePart } from "./byteCache.js";
import { type PixelArrays, type PixelType, pixelArray } from "./image.js";
import {
  type Axis,
  type AxisRange,
  type Block,
  type ImageSource,
  type ReadOptions,
  type Region,
  resolveRegion,
} from "./source.js";

/**
 * A source that keeps the chunks which were read last, as many as fit into a cache, and puts regions together from them. For windows at random places of a
 * file, as training draws them: a file that fits is decoded once. Chunks that are wanted twice at a time are read once.
 */
export class CachedSource implements ImageSource {
  readonly #source: ImageSource;
  readonly #cache: ByteCache;
  readonly #chunks: CachePart;

  /** `cache` is one that is shared, or the bytes of one of its own. */
  constructor(source: ImageSource, cache: ByteCache | number) {
    this.#source = source;
    this.#cache = typeof cache === "number" ? new ByteCache(cache) : cache;
    this.#chunks = this.#cache.part();
  }

  get format(): string {
    return this.#source.format;
  }
  get name(): string {
    return this.#source.name;
  }
  get axes(): readonly Axis[] {
    return this.#source.axes;
  }
  get shape(): readonly number[] {
    return this.#source.shape;
  }
  get dtype(): PixelType {
    return this.#source.dtype;
  }
  get chunks(): readonly number[] {
    return this.#source.chunks;
  }
  get metadata(): ImageSource["metadata"] {
    return this.#source.metadata;
  }

  /** Bytes of its pixels that are kept; at most the limit of the cache. */
  get byteLength(): number {
    return this.#cache.byteLengthOf(this.#chunks);
  }

  async read(region: Region = {}, { signal }: ReadOptions = {}): Promise<Block> {
    const { axes, dtype } = this.#source;
    const bounds = resolveRegion(this.#source, region);
    const shape = bounds.map(([from, to]) => to - from);
    const data = pixelArray(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    );
    for (const chunk of this.#chunksOf(bounds)) {
      signal?.throwIfAborted();
      copyOverlap({ bounds: chunk, data: await this.#chunk(chunk) }, { bounds, data });
    }
    signal?.throwIfAborted();
    return { axes, shape, dtype, data };
  }

  /** Forgets the chunks and closes the source. */
  async close(): Promise<void> {
    this.#chunks.clear();
    await this.#source.close();
  }

  /** The chunks that a region touches, each with its bounds. */
  #chunksOf(bounds: readonly AxisRange[]): AxisRange[][] {
    const { shape, chunks } = this.#source;
    let found: AxisRange[][] = [[]];
    for (const [axis, [from, to]] of bounds.entries()) {
      const size = chunks[axis]!;
      const along: AxisRange[] = [];
      for (let start = from - (from % size); start < to; start += size) {
        along.push([start, Math.min(start + size, shape[axis]!)]);
      }
      found = found.flatMap((outer) => along.map((interval) => [...outer, interval]));
    }
    return found;
  }

  /** No signal goes to the source: others may wait for the same chunk. */
  #chunk(bounds: readonly AxisRange[]): Promise<PixelArrays[PixelType]> {
    return this.#chunks.get(bounds.map(([from]) => from).join(), async () => {
      const region = Object.fromEntries(this.#source.axes.map((axis, i) => [axis, bounds[i]!]));
      return (await this.#source.read(region)).data;
    });
  }
}

interface Box {
  /** Of each axis. */
  readonly bounds: readonly AxisRange[];
  readonly data: PixelArrays[PixelType];
}

/** Copies what two boxes of one image share, row by row. */
function copyOverlap(from: Box, to: Box): void {
  const rank = from.bounds.length;
  const visit = (axis: number, fromRow: number, toRow: number): void => {
    const [[a, aEnd], [b, bEnd]] = [from.bounds[axis]!, to.bounds[axis]!];
    const [start, end] = [Math.max(a, b), Math.min(aEnd, bEnd)];
    const fromAt = fromRow * (aEnd - a) + start - a;
    const toAt = toRow * (bEnd - b) + start - b;
    if (axis === rank - 1) {
      to.data.set(from.data.subarray(fromAt, fromAt + end - start), toAt);
      return;
    }
    for (let k = 0; k < end - start; k++) visit(axis + 1, fromAt + k, toAt + k);
  };
  visit(0, 0, 0);
}
