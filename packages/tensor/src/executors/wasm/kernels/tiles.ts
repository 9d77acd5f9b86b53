/** A part of an axis that is gone over in steps of one tile's extent. */
export interface Stretch {
  readonly start: number;
  readonly count: number;
  readonly tile: number;
}

/** An axis in tiles of one extent, and what is left in one smaller tile. */
export function stretchesOf(extent: number, tile: number): Stretch[] {
  const count = Math.floor(extent / tile);
  const rest = extent - count * tile;
  return [
    ...(count > 0 ? [{ start: 0, count, tile }] : []),
    ...(rest > 0 ? [{ start: count * tile, count: 1, tile: rest }] : []),
  ];
}

/** What a tile costs beside its rows. */
const overhead = 1.5;

/** The extents of tiles of at most `most` elements that go over these extents in the least time. */
export function chooseTile(
  extents: readonly [number, number, number],
  most: number,
): [number, number, number] {
  let best: [number, number, number] = [1, 1, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let a = 1; a <= Math.min(most, extents[0]); a++) {
    for (let b = 1; a * b <= most && b <= extents[1]; b++) {
      for (let c = 1; a * b * c <= most && c <= extents[2]; c++) {
        const tile = [a, b, c] as const;
        let cost = 0;
        for (const x of stretchesOf(extents[0], a)) {
          for (const y of stretchesOf(extents[1], b)) {
            for (const z of stretchesOf(extents[2], c)) {
              cost += x.count * y.count * z.count * (x.tile * y.tile * z.tile + overhead);
            }
          }
        }
        // Of equal ones the one that is longest along the last axis, whose elements lie side by side.
        if (cost < least - 1e-9 || (cost <= least + 1e-9 && c > best[2])) {
          least = cost;
          best = [...tile];
        }
      }
    }
  }
  return best;
}
