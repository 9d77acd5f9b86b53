import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import type { Grouping } from "./profiles.js";

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
 * for the whole page with running sums of the squared differences, and serves both blocks of each pair. A step is the shifts by one number of rows, and says what part is done.
 */
export function* matchBlocks(
  { width, height, data }: Float64Plane,
  { side, step, most, reach }: Grouping,
  limit: number,
): Steps<BlockMatches, number> {
  const [columns, rows] = [width - side + 1, height - side + 1];
  const [xs, ys] = [grid(columns, step), grid(rows, step)];
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
  // squares: of the differences of the last `side` rows, in turn; sums: of each column over them.
  const squares = new Float64Array(side * width);
  const sums = new Float64Array(width);
  const starts = Int32Array.from(xs);
  /** Offers the blocks of a row to the reference blocks of a row of the grid: sums begin `shift` pixels left of the reference block, the block at `place + x`. */
  const offer = (j: number, shift: number, from: number, to: number, place: number): void => {
    for (let i = 0; i < starts.length; i++) {
      const x = starts[i]! - shift;
      if (x < from || x >= to) continue;
      let sum = 0;
      for (let k = x; k < x + side; k++) sum += sums[k]!;
      const reference = j * starts.length + i;
      if (sum < worst[reference]!) insert(reference, sum, place + x);
    }
  };
  const furthest = Math.min(reach, rows - 1);
  for (let dy = 0; dy <= furthest; dy++) {
    for (let dx = dy === 0 ? 1 : -reach; dx <= reach; dx++) {
      const from = Math.max(0, -dx);
      const to = Math.min(columns, columns - dx);
      if (from >= to) continue;
      squares.fill(0);
      sums.fill(0);
      const end = to + side - 1;
      for (let row = 0; row + dy < height; row++) {
        const turn = (row % side) * width;
        const here = row * width;
        const there = here + dy * width + dx;
        for (let x = from; x < end; x++) {
          const difference = data[here + x]! - data[there + x]!;
          const square = difference * difference;
          sums[x]! += square - squares[turn + x]!;
          squares[turn + x] = square;
        }
        const y = row - side + 1;
        if (y < 0) continue;
        const upper = gridRow[y]!;
        const lower = gridRow[y + dy]!;
        if (upper >= 0) offer(upper, 0, from, to, (y + dy) * columns + dx);
        if (lower >= 0) offer(lower, dx, from, to, y * columns);
      }
    }
    yield (dy + 1) / (furthest + 1);
  }
  for (let i = 0; i < references; i++) counts[i] = 2 ** Math.floor(Math.log2(counts[i]!));
  return { columns, xs, ys, counts, places };
}

/** Every `step`th of `count` positions, and the last. */
function grid(count: number, step: number): number[] {
  const positions = Array.from({ length: Math.ceil((count - 1) / step) }, (_, i) => i * step);
  return [...positions, count - 1];
}
