import type { Steps } from "@clidim/denoise";

/** Where an argument is looked for. */
export interface SearchRange {
  readonly low: number;
  readonly high: number;
  /** Of the grid, from `low` to `high`. */
  readonly points: number;
  /** Default `high`. */
  readonly most?: number;
  /** How narrow the last bracket is. */
  readonly tolerance: (at: number) => number;
}

/** Where an argument is looked for: in a range, or among some values. */
export type Searched = SearchRange | readonly number[];

/**
 * The argument that maximises `score`: the best of the values; or that in [low, high]: the best of a geometric grid, then golden section between its neighbours until the bracket is
 * narrower than `tolerance(at)`. While the grid's last point is its best, the grid goes on by the same ratio, up to `most`. No point is scored
 * twice.
 */
export function* maximize(score: (at: number) => Steps<number>, searched: Searched): Steps<number> {
  const known = new Map<number, number>();
  function* scoreOf(at: number): Steps<number> {
    let value = known.get(at);
    if (value === undefined) {
      value = yield* score(at);
      known.set(at, value);
    }
    return value;
  }
  if (!("low" in searched)) {
    for (const at of searched) yield* scoreOf(at);
    return bestOf(known);
  }
  const { low: from, high: to, points, most = to, tolerance } = searched;
  const ratio = (to / from) ** (1 / (points - 1));
  const grid = Array.from({ length: points }, (_, i) => from * ratio ** i);
  let top = 0;
  for (const [i, at] of grid.entries()) {
    if ((yield* scoreOf(at)) > (yield* scoreOf(grid[top]!))) top = i;
  }
  while (top === grid.length - 1 && grid[top]! * ratio <= most) {
    grid.push(grid[top]! * ratio);
    if ((yield* scoreOf(grid[top + 1]!)) > (yield* scoreOf(grid[top]!))) top++;
  }
  let low = grid[Math.max(0, top - 1)]!;
  let high = grid[Math.min(grid.length - 1, top + 1)]!;
  const golden = (Math.sqrt(5) - 1) / 2;
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  while (high - low > tolerance(left)) {
    if ((yield* scoreOf(left)) >= (yield* scoreOf(right))) {
      high = right;
      right = left;
      left = high - golden * (high - low);
    } else {
      low = left;
      left = right;
      right = low + golden * (high - low);
    }
  }
  return bestOf(known);
}

const bestOf = (known: ReadonlyMap<number, number>): number =>
  [...known.keys()].reduce((best, at) => (known.get(at)! > known.get(best)! ? at : best));

/** Likewise the argument that minimises a loss. */
export function minimize(loss: (at: number) => Steps<number>, searched: Searched): Steps<number> {
  return maximize(function* (at) {
    return -(yield* loss(at));
  }, searched);
}
