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

/** A search that yields the arguments of a round, which do not need one another, wants the score of each in this order, and returns the best one. */
type Rounds = Generator<readonly number[], number, readonly number[]>;

/**
 * The argument of the highest score: the best of the values; or that in [low, high]: the best of a geometric grid, then golden section between its neighbours until the bracket is
 * narrower than `tolerance(at)`. While the grid's last point is its best, the grid goes on by the same ratio, up to `most`. No point is scored
 * twice.
 */
export function* maximize(searched: Searched): Rounds {
  const known = new Map<number, number>();
  function* scoresOf(...all: readonly number[]): Generator<readonly number[], number[], readonly number[]> {
    const asked = all.filter((at) => !known.has(at));
    const scores = asked.length > 0 ? yield asked : [];
    for (const [i, at] of asked.entries()) known.set(at, scores[i]!);
    return all.map((at) => known.get(at)!);
  }
  if (!("low" in searched)) {
    yield* scoresOf(...searched);
    return bestOf(known);
  }
  const { low: from, high: to, points, most = to, tolerance } = searched;
  const ratio = (to / from) ** (1 / (points - 1));
  const grid = Array.from({ length: points }, (_, i) => from * ratio ** i);
  const scores = yield* scoresOf(...grid);
  let top = scores.reduce((best, score, i) => (score > scores[best]! ? i : best), 0);
  while (top === grid.length - 1 && grid[top]! * ratio <= most) {
    grid.push(grid[top]! * ratio);
    const [next, last] = yield* scoresOf(grid[top + 1]!, grid[top]!);
    if (next! > last!) top++;
  }
  let low = grid[Math.max(0, top - 1)]!;
  let high = grid[Math.min(grid.length - 1, top + 1)]!;
  const golden = (Math.sqrt(5) - 1) / 2;
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  while (high - low > tolerance(left)) {
    const [lower, upper] = yield* scoresOf(left, right);
    if (lower! >= upper!) {
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

/** Likewise the argument that minimises a loss, one argument after the other. */
export function* minimize(loss: (at: number) => Steps<number>, searched: Searched): Steps<number> {
  const search = maximize(searched);
  let round = search.next();
  while (!round.done) {
    const scores: number[] = [];
    for (const at of round.value) scores.push(-(yield* loss(at)));
    round = search.next(scores);
  }
  return round.value;
}
