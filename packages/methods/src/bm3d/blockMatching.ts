import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import type { Grouping } from "./profiles.js";
import { SquaredDifferences } from "./squaredDifferences.js";

/** After so many rows of blocks, sums of squared differences are begun anew: those of a strip of a page that begins at a multiple are the page's, to the last bit. */
export const SUMMED_ROWS = 64;

/** The blocks like each reference block. A block is called by its place, `y * columns + x` of its upper left pixel. */
export interface BlockMatches {
  /** Blocks side by side in the page. */
  readonly columns: number;
  /** Upper left pixels of the reference blocks. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** [ys, xs]: blocks of each group. */
  readonly counts: Uint8Array;
  /** [ys, xs, most]: their places, the reference block's first, then by falling likeness. */
  readonly places: Int32Array;
}

/**
 * For each reference block those within reach that differ least from it, by their mean squared difference, at most `most` and none that differs by `limit` or more; as many as a power of 2. Every shift is done at once
 * for the whole page with sums of the squared differences, and serves both blocks of each pair. A step is the shifts by one number of rows, and says what part is done. Reference blocks are in the rows `ys`, ascending;
 * default: every `step`th, and the last.
 */
export function* matchBlocks(
  { width, height, data }: Float64Plane,
  { side, step, most, reach }: Grouping,
  limit: number,
  ys: readonly number[] = grid(height - side + 1, step),
): Steps<BlockMatches, number> {
  const [columns, rows] = [width - side + 1, height - side + 1];
  const xs = grid(columns, step);
  const references = xs.length * ys.length;
  const places = new Int32Array(references * most);
  const distances = new Float64Array(references * most);
  // Of each reference block, what another has to come under: the worst of a full list, or the limit.
  const worst = new Float64Array(references).fill(limit * side * side);
  const counts = new Uint8Array(references).fill(1);
  for (const [j, y] of ys.entries()) {
    for (const [i, x] of xs.entries()) places[(j * xs.length + i) * most] = y * columns + x;
  }
  const insert = (reference: number, distance: number, place: number): void => {
    const first = reference * most;
    let at = first + Math.min(counts[reference]!, most - 1);
    for (; at - 1 > first && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!;
      places[at] = places[at - 1]!;
    }
    distances[at] = distance;
    places[at] = place;
    if (counts[reference]! < most) counts[reference]!++;
    if (counts[reference] === most) worst[reference] = distances[first + most - 1]!;
  };
  // Which row of the grid a row of blocks is, or -1.
  const gridRow = new Int32Array(rows).fill(-1);
  for (const [j, y] of ys.entries()) gridRow[y] = j;
  const starts = Int32Array.from(xs);
  const squares = new SquaredDifferences(data, width, side);
  // Of a row of the grid, the reference blocks that something is nearer to than what they have, and by how much it differs.
  const nearer = { indices: new Int32Array(starts.length), distances: new Float64Array(starts.length) };
  /** Offers the blocks of a row to the reference blocks of a row of the grid: sums begin `shift` pixels left of the reference block, the block at `place + x`. */
  const offer = (j: number, y: number, shift: number, from: number, to: number, place: number): void => {
    const count = findNearer(squares, y, starts, shift, from, to, worst, j * starts.length, nearer);
    for (let n = 0; n < count; n++) {
      const i = nearer.indices[n]!;
      insert(j * starts.length + i, nearer.distances[n]!, place + starts[i]! - shift);
    }
  };
  const furthest = Math.min(reach, rows - 1);
  for (let dy = 0; dy <= furthest; dy++) {
    for (let dx = dy === 0 ? 1 : -reach; dx <= reach; dx++) {
      const from = Math.max(0, -dx);
      const to = Math.min(columns, columns - dx);
      if (from >= to) continue;
      const shift = dy * width + dx;
      const end = to + side - 1;
      for (let y = 0; y + dy < rows; y++) {
        if (y % SUMMED_ROWS === 0) squares.begin(y, shift, from, end);
        squares.add(y + side - 1, shift, from, end);
        const upper = gridRow[y]!;
        const lower = gridRow[y + dy]!;
        if (upper >= 0) offer(upper, y, 0, from, to, (y + dy) * columns + dx);
        if (lower >= 0) offer(lower, y, dx, from, to, y * columns);
      }
    }
    yield (dy + 1) / (furthest + 1);
  }
  for (let i = 0; i < references; i++) counts[i] = 2 ** Math.floor(Math.log2(counts[i]!));
  return { columns, xs, ys, counts, places };
}

/** Of the blocks in row y that begin `shift` pixels left of each of `starts`, in the columns `from` up to `to`, those whose sums are below what `worst` has from `first` on. Returns how many these are. Without calls, as it is run some hundred million times. */
function findNearer(
  squares: SquaredDifferences,
  y: number,
  starts: Int32Array,
  shift: number,
  from: number,
  to: number,
  worst: Float64Array,
  first: number,
  { indices, distances }: { readonly indices: Int32Array; readonly distances: Float64Array },
): number {
  const { integral, side } = squares;
  const [above, below] = [squares.line(y) - shift, squares.line(y + side) - shift];
  let i = 0;
  while (starts[i]! - shift < from) i++;
  let end = starts.length;
  while (starts[end - 1]! - shift >= to) end--;
  let count = 0;
  for (; i < end; i++) {
    const [upper, lower] = [above + starts[i]!, below + starts[i]!];
    const sum = integral[lower + side]! - integral[lower]! - (integral[upper + side]! - integral[upper]!);
    if (sum < worst[first + i]!) {
      indices[count] = i;
      distances[count++] = sum;
    }
  }
  return count;
}

/** Every `step`th of `count` positions, and the last. */
export function grid(count: number, step: number): number[] {
  const positions = Array.from({ length: Math.ceil((count - 1) / step) }, (_, i) => i * step);
  return [...positions, count - 1];
}
