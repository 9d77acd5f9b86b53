import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { rint } from "../../image/rint.js";
import { NO_VALUE } from "../../image/withoutValue.js";
import type { ChunkWriter, PlaneRows } from "./chunkWriter.js";

/** One of the sizes of an image that is being written. */
export interface Level {
  /** Of each axis, Y and X last. */
  readonly shape: readonly number[];
  /** So many pixels of the size before become one, along each axis. */
  readonly factors: readonly number[];
  readonly writer: ChunkWriter;
}

/** The sums of the rows of planes that become one, and how many of them there are yet. */
interface Sums {
  readonly values: Float64Array;
  planes: number;
}

/**
 * Writes rows of a plane of the full size, and of each smaller size what is complete with them: means of blocks of pixels, integers rounded; a block in which a pixel has no value
 * has none, as one with NaN is NaN. Blocks that reach over the last edge are left out.
 */
export class Pyramid {
  readonly #levels: readonly Level[];
  readonly #dtype: PixelType;
  /** The value that stands for no value, as pixels have it. */
  readonly #nodata: number | undefined;
  /** Of each level, by the indices of its planes and the first of their rows. */
  readonly #sums: readonly Map<string, Sums>[];

  constructor(levels: readonly Level[], dtype: PixelType, nodata?: number) {
    this.#levels = levels;
    this.#dtype = dtype;
    this.#nodata = nodata === undefined ? undefined : Math.fround(nodata);
    this.#sums = levels.map(() => new Map());
  }

  /** The rows that come at once are a multiple of it, so that no block of any level is cut; the last of a plane are what is left. */
  get bandRows(): number {
    return this.#levels.slice(1).reduce((rows, { factors }) => rows * factors.at(-2)!, 1);
  }

  /** The next rows of the plane at `indices` of the axes before Y and X. */
  async write(indices: readonly number[], rows: PlaneRows, level = 0): Promise<void> {
    await this.#levels[level]!.writer.write(indices, rows);
    const next = this.#levels[level + 1];
    if (!next) return;
    const { shape, factors } = next;
    const smaller = indices.map((index, axis) => Math.floor(index / factors[axis]!));
    if (smaller.some((index, axis) => index >= shape[axis]!)) return;
    const planes = factors.slice(0, -2).reduce((a, b) => a * b, 1);
    const width = this.#levels[level]!.shape.at(-1)!;
    const [down, columns] = [factors.at(-2)!, shape.at(-1)!];
    const top = rows.top / down;
    const height = Math.min(Math.floor(rows.height / down), shape.at(-2)! - top);
    if (height <= 0) return;
    const made = pixelArray(this.#dtype, height * columns);
    if (planes === 1) {
      this.#eachRow(rows.data, width, height, next, (row, at) => {
        const count = factors.at(-2)! * factors.at(-1)!;
        for (let x = 0; x < row.length; x++) made[at + x] = this.#mean(row[x]!, count);
      });
      return this.write(smaller, { top, height, data: made }, level + 1);
    }
    const key = [...smaller, top].join();
    const waiting = this.#sums[level]!;
    const sums = waiting.get(key) ?? { values: new Float64Array(made.length), planes: 0 };
    waiting.set(key, sums);
    this.#eachRow(rows.data, width, height, next, (row, at) => {
      for (let x = 0; x < row.length; x++) sums.values[at + x]! += row[x]!;
    });
    if (++sums.planes < planes) return;
    waiting.delete(key);
    const count = factors.reduce((a, b) => a * b, 1);
    for (let i = 0; i < made.length; i++) made[i] = this.#mean(sums.values[i]!, count);
    await this.write(smaller, { top, height, data: made }, level + 1);
  }

  #mean(sum: number, count: number): number {
    if (sum === NO_VALUE && this.#nodata !== undefined) return this.#nodata;
    const mean = sum / count;
    return this.#dtype === "float32" ? mean : rint(mean);
  }

  /** The sums of so many rows of blocks, one row at a time, with the index of its first block. */
  #eachRow(
    pixels: PixelArrays[PixelType],
    width: number,
    rows: number,
    { shape, factors }: Level,
    use: (row: Float64Array, at: number) => void,
  ): void {
    const columns = shape.at(-1)!;
    const [down, across] = factors.slice(-2) as [number, number]; // the last two of at least two
    const row = new Float64Array(columns);
    for (let y = 0; y < rows; y++) {
      row.fill(0);
      for (let dy = 0; dy < down; dy++) {
        let from = (y * down + dy) * width;
        for (let x = 0; x < columns; x++) {
          for (let dx = 0; dx < across; dx++) {
            const pixel = pixels[from++]!;
            row[x]! += pixel === this.#nodata ? NO_VALUE : pixel;
          }
        }
      }
      use(row, y * columns);
    }
  }
}
