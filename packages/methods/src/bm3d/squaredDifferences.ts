/**
 * The squared differences between a page and itself, shifted, summed up over all that is left of and above a place (an integral image): the sum over a block is that of four values. It is begun anew now and then, at the
 * top of any block, so that sums stay small and their differences exact; the last rows are held.
 */
export class SquaredDifferences {
  /** Of blocks, pixels. */
  readonly side: number;
  /** [side + 1, width + 1]: row y is the line `y % (side + 1)`; a place is that of the upper left corner of its pixel. */
  readonly integral: Float64Array;
  readonly #data: Float64Array;
  readonly #width: number;

  /** Of a page of a width, for blocks of a side. */
  constructor(data: Float64Array, width: number, side: number) {
    this.#data = data;
    this.#width = width;
    this.side = side;
    this.integral = new Float64Array((side + 1) * (width + 1));
  }

  /** Where row y begins. */
  line(y: number): number {
    return (y % (this.side + 1)) * (this.#width + 1);
  }

  /** Begins at the row y: of blocks whose uppermost row is this one or a later one. The columns are `from` up to `end`. */
  begin(y: number, shift: number, from: number, end: number): void {
    const line = this.line(y);
    this.integral.fill(0, line + from, line + end + 1);
    for (let row = y; row < y + this.side - 1; row++) this.add(row, shift, from, end);
  }

  /** Takes in a row of pixels and those that lie `shift` further on, after the row before. */
  add(y: number, shift: number, from: number, end: number): void {
    const start = y * this.#width;
    addSquares(this.#data, start, start + shift, this.integral, this.line(y), this.line(y + 1), from, end);
  }
}

function addSquares(
  data: Float64Array,
  here: number,
  there: number,
  integral: Float64Array,
  above: number,
  below: number,
  from: number,
  end: number,
): void {
  let sum = 0;
  integral[below + from] = 0;
  for (let x = from; x < end; x++) {
    const difference = data[here + x]! - data[there + x]!;
    sum += difference * difference;
    integral[below + x + 1] = integral[above + x + 1]! + sum;
  }
}
