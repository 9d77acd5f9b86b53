import type { Float64Plane } from "@clidim/imaging";
import type { BlockTransform } from "./blockTransform.js";

/** The 2-D transforms of all blocks of a page that begin in one of the last `rows` rows, one row of blocks after the other. */
export class BlockSpectra {
  /** [rows, columns, side * side]: block row y is row `y % rows`. */
  readonly data: Float64Array;
  readonly #page: Float64Plane;
  readonly #transform: BlockTransform;
  readonly #rows: number;
  readonly #columns: number;
  /** [side, columns, side]: the transforms along x of the pixel rows that the last row of blocks has, pixel row y as row `y % side`. */
  readonly #lines: Float64Array;
  #next = 0;
  #nextLine = 0;

  constructor(page: Float64Plane, transform: BlockTransform, rows: number) {
    const { side } = transform;
    this.#page = page;
    this.#transform = transform;
    this.#rows = rows;
    this.#columns = page.width - side + 1;
    this.data = new Float64Array(rows * this.#columns * side * side);
    this.#lines = new Float64Array(side * this.#columns * side);
  }

  /** Takes in the rows of blocks up to and with `last`. */
  advance(last: number): void {
    for (; this.#next <= last; this.#next++) {
      const { side } = this.#transform;
      for (; this.#nextLine < this.#next + side; this.#nextLine++) this.#line(this.#nextLine);
      this.#row(this.#next);
    }
  }

  #line(y: number): void {
    const { side, analyse } = this.#transform;
    const { width, data } = this.#page;
    const lines = this.#lines;
    const values = new Float64Array(side);
    let at = (y % side) * this.#columns * side;
    for (let from = y * width; from < y * width + this.#columns; from++) {
      for (let i = 0; i < side; i++) values[i] = data[from + i]!;
      analyse(values);
      for (let k = 0; k < side; k++) lines[at++] = values[k]!;
    }
  }

  #row(y: number): void {
    const { side, analyse } = this.#transform;
    const lines = this.#lines;
    const out = this.data;
    const length = this.#columns * side;
    const values = new Float64Array(side);
    // Where the line of each row of the blocks begins.
    const starts = Int32Array.from({ length: side }, (_, i) => ((y + i) % side) * length);
    let at = (y % this.#rows) * this.#columns * side * side;
    for (let line = 0; line < length; line += side) {
      for (let l = 0; l < side; l++) {
        for (let i = 0; i < side; i++) values[i] = lines[starts[i]! + line + l]!;
        analyse(values);
        for (let k = 0; k < side; k++) out[at + k * side + l] = values[k]!;
      }
      at += side * side;
    }
  }
}
