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
    const { side, forward } = this.#transform;
    const { width, data } = this.#page;
    const lines = this.#lines;
    let at = (y % side) * this.#columns * side;
    for (let from = y * width; from < y * width + this.#columns; from++) {
      for (let k = 0; k < side; k++) {
        let sum = 0;
        for (let i = 0; i < side; i++) sum += forward[k * side + i]! * data[from + i]!;
        lines[at++] = sum;
      }
    }
  }

  #row(y: number): void {
    const { side, forward } = this.#transform;
    const lines = this.#lines;
    const out = this.data;
    const length = this.#columns * side;
    const column = new Float64Array(side);
    let at = (y % this.#rows) * this.#columns * side * side;
    for (let line = 0; line < length; line += side) {
      for (let l = 0; l < side; l++) {
        for (let i = 0; i < side; i++) column[i] = lines[((y + i) % side) * length + line + l]!;
        for (let k = 0; k < side; k++) {
          let sum = 0;
          for (let i = 0; i < side; i++) sum += forward[k * side + i]! * column[i]!;
          out[at + k * side + l] = sum;
        }
      }
      at += side * side;
    }
  }
}
