import type { Float64Plane } from "@clidim/imaging";
import type { BlockTransform } from "./blockTransform.js";

/**
 * The weighted mean of overlapping blocks that are given by their spectra, each windowed: `sum of w K b / sum of w K`. Spectra of one place are summed up and transformed back once, row of blocks by row of
 * blocks, as the last `rows` of them are held.
 */
export class Aggregation {
  /** [rows, columns, side * side]: weighted sums of spectra; block row y is row `y % rows`. */
  readonly spectra: Float64Array;
  /** [rows, columns]: sums of weights. */
  readonly weights: Float64Array;
  readonly #transform: BlockTransform;
  readonly #window: Float64Array;
  readonly #rows: number;
  readonly #columns: number;
  readonly #width: number;
  readonly #height: number;
  /** [side, columns, side]: windowed sums of the lines of blocks, transformed back along y alone; pixel row y is row `y % side`. */
  readonly #lines: Float64Array;
  /** [side, columns]: their weights. */
  readonly #lineWeights: Float64Array;
  readonly #out: Float64Array;
  #next = 0;

  constructor(
    { width, height }: Float64Plane,
    transform: BlockTransform,
    window: Float64Array,
    rows: number,
  ) {
    const { side } = transform;
    const columns = width - side + 1;
    this.#transform = transform;
    this.#window = window;
    this.#rows = rows;
    this.#columns = columns;
    this.#width = width;
    this.#height = height;
    this.spectra = new Float64Array(rows * columns * side * side);
    this.weights = new Float64Array(rows * columns);
    this.#lines = new Float64Array(side * columns * side);
    this.#lineWeights = new Float64Array(side * columns);
    this.#out = new Float64Array(width * height);
  }

  /** Rows of blocks before `end` are complete: their memory is free for others. */
  complete(end: number): void {
    for (; this.#next < end; this.#next++) {
      this.#row(this.#next);
      this.#pixels(this.#next);
    }
  }

  /** The mean, when all blocks are in. */
  finish(): Float64Plane {
    const [width, height] = [this.#width, this.#height];
    this.complete(height - this.#transform.side + 1);
    for (let y = this.#next; y < height; y++) this.#pixels(y);
    return { width, height, data: this.#out };
  }

  /** Transforms a row of blocks back along y, and takes it from the sums. */
  #row(y: number): void {
    const { side, synthesise } = this.#transform;
    const [lines, lineWeights, spectra, weights] = [
      this.#lines,
      this.#lineWeights,
      this.spectra,
      this.weights,
    ];
    const [columns, window] = [this.#columns, this.#window];
    const column = new Float64Array(side);
    // Where the line of each row of the blocks begins.
    const starts = Int32Array.from({ length: side }, (_, i) => ((y + i) % side) * columns * side);
    const row = (y % this.#rows) * columns;
    for (let x = 0; x < columns; x++) {
      const weight = weights[row + x]!;
      if (weight === 0) continue;
      weights[row + x] = 0;
      for (let i = 0; i < side; i++) lineWeights[((y + i) % side) * columns + x]! += window[i]! * weight;
      const from = (row + x) * side * side;
      for (let l = 0; l < side; l++) {
        for (let k = 0; k < side; k++) {
          column[k] = spectra[from + k * side + l]!;
          spectra[from + k * side + l] = 0;
        }
        synthesise(column);
        for (let i = 0; i < side; i++) lines[starts[i]! + x * side + l]! += window[i]! * column[i]!;
      }
    }
  }

  /** Transforms a row of pixels back along x, and takes it from the sums. */
  #pixels(y: number): void {
    const { side, synthesise } = this.#transform;
    const [lines, lineWeights, window, out] = [this.#lines, this.#lineWeights, this.#window, this.#out];
    const line = (y % side) * this.#columns;
    const totals = new Float64Array(this.#width);
    const row = new Float64Array(side);
    const start = y * this.#width;
    for (let x = 0; x < this.#columns; x++) {
      const weight = lineWeights[line + x]!;
      if (weight === 0) continue;
      lineWeights[line + x] = 0;
      const from = (line + x) * side;
      for (let l = 0; l < side; l++) row[l] = lines[from + l]!;
      synthesise(row);
      for (let j = 0; j < side; j++) {
        out[start + x + j]! += window[j]! * row[j]!;
        totals[x + j]! += window[j]! * weight;
      }
      lines.fill(0, from, from + side);
    }
    for (let x = 0; x < this.#width; x++) out[start + x]! /= totals[x]!;
  }
}
