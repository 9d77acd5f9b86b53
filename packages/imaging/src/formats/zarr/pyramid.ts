import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import type { ChunkWriter } from "./chunkWriter.js";

/** One of the sizes of an image that is being written. */
export interface Level {
  /** Of each axis, Y and X last. */
  readonly shape: readonly number[];
  /** So many pixels of the size before become one, along each axis. */
  readonly factors: readonly number[];
  readonly writer: ChunkWriter;
}

/** The sums of the planes that become one, and how many of them there are yet. */
interface Sums {
  readonly values: Float64Array;
  planes: number;
}

/**
 * Writes a plane of the full size, and of each smaller size what is complete with it: means of blocks of pixels, integers rounded. Blocks that reach over the last edge are
 * left out.
 */
export class Pyramid {
  readonly #levels: readonly Level[];
  readonly #dtype: PixelType;
  /** Of each level, by the indices of its planes. */
  readonly #sums: readonly Map<string, Sums>[];

  constructor(levels: readonly Level[], dtype: PixelType) {
    this.#levels = levels;
    this.#dtype = dtype;
    this.#sums = levels.map(() => new Map());
  }

  /** `indices` are those of the axes before Y and X. */
  async write(indices: readonly number[], pixels: PixelArrays[PixelType], level = 0): Promise<void> {
    await this.#levels[level]!.writer.write(indices, pixels);
    const next = this.#levels[level + 1];
    if (!next) return;
    const { shape, factors } = next;
    const smaller = indices.map((index, axis) => Math.floor(index / factors[axis]!));
    if (smaller.some((index, axis) => index >= shape[axis]!)) return;
    const planes = factors.slice(0, -2).reduce((a, b) => a * b, 1);
    const width = this.#levels[level]!.shape.at(-1)!;
    const made = pixelArray(this.#dtype, shape.at(-2)! * shape.at(-1)!);
    if (planes === 1) {
      means(made, pixels, width, next);
      return this.write(smaller, made, level + 1);
    }
    const key = smaller.join();
    const waiting = this.#sums[level]!;
    const sums = waiting.get(key) ?? { values: new Float64Array(made.length), planes: 0 };
    waiting.set(key, sums);
    eachRow(pixels, width, next, (row, at) => {
      for (let x = 0; x < row.length; x++) sums.values[at + x]! += row[x]!;
    });
    if (++sums.planes < planes) return;
    waiting.delete(key);
    const count = factors.reduce((a, b) => a * b, 1);
    for (let i = 0; i < made.length; i++) made[i] = this.#rounded(sums.values[i]! / count);
    await this.write(smaller, made, level + 1);
  }

  #rounded(value: number): number {
    return this.#dtype === "float32" ? value : Math.round(value);
  }
}

function means(
  made: PixelArrays[PixelType],
  pixels: PixelArrays[PixelType],
  width: number,
  level: Level,
): void {
  const count = level.factors.at(-2)! * level.factors.at(-1)!;
  const isFloat = made instanceof Float32Array;
  eachRow(pixels, width, level, (row, at) => {
    for (let x = 0; x < row.length; x++) {
      const mean = row[x]! / count;
      made[at + x] = isFloat ? mean : Math.round(mean);
    }
  });
}

/** The sums of blocks of a plane, one row of blocks at a time, with the index of its first block. */
function eachRow(
  pixels: PixelArrays[PixelType],
  width: number,
  { shape, factors }: Level,
  use: (row: Float64Array, at: number) => void,
): void {
  const [rows, columns] = shape.slice(-2) as [number, number]; // the last two of at least two
  const [down, across] = factors.slice(-2) as [number, number]; // as above
  const row = new Float64Array(columns);
  for (let y = 0; y < rows; y++) {
    row.fill(0);
    for (let dy = 0; dy < down; dy++) {
      let from = (y * down + dy) * width;
      for (let x = 0; x < columns; x++) {
        for (let dx = 0; dx < across; dx++) row[x]! += pixels[from++]!;
      }
    }
    use(row, y * columns);
  }
}
