/** One tile along one axis. */
export interface AxisTile {
  /** First coordinate of the image that it covers; with `size` it may run past the image's end. */
  readonly start: number;
  /** Extent of the tile, a multiple of the required one. */
  readonly size: number;
  /** Factor of each of its elements in the blended image; those of all tiles add up to 1 at every coordinate. */
  readonly weights: Float64Array;
}

/** Neighbouring tiles share at least this part of a tile. */
const leastOverlap = 0.25;

/**
 * Covers `length` elements with tiles whose extents are multiples of `multiple`: one tile if that is at most `maxSize` (itself a
 * multiple), else the fewest of at most `maxSize`, evenly spread, that overlap by a quarter of it or more, no larger than they need be for that. The factors rise and fall as
 * sin^2 over that quarter at sides that have a neighbour. `aligned` tiles start at multiples as well, and where the length is none, the last one runs past the end.
 */
export function axisTiles(length: number, multiple: number, maxSize: number, aligned = false): AxisTile[] {
  const padded = Math.ceil(length / multiple) * multiple;
  if (padded <= maxSize) return [{ start: 0, size: padded, weights: new Float64Array(padded).fill(1) }];
  const ramp = Math.ceil(maxSize * leastOverlap);
  const [covered, step] = aligned ? [padded, multiple] : [length, 1];
  const countOf = (extent: number): number => {
    const advance = Math.max(step, step * Math.floor((extent - ramp) / step));
    return 1 + Math.ceil((covered - extent) / advance);
  };
  const count = countOf(maxSize);
  const least = multiple * Math.ceil((covered + (count - 1) * ramp) / (count * multiple));
  let size = Math.min(maxSize, least);
  while (countOf(size) > count) size += multiple;
  const rise = (distance: number): number =>
    distance >= ramp ? 1 : Math.sin((Math.PI / 2) * ((distance + 0.5) / ramp)) ** 2;
  const total = new Float64Array(covered);
  const tiles = Array.from({ length: count }, (_, i): AxisTile => {
    const start = step * Math.round((i * (covered - size)) / (step * (count - 1)));
    const weights = Float64Array.from(
      { length: size },
      (_, p) => (i > 0 ? rise(p) : 1) * (i < count - 1 ? rise(size - 1 - p) : 1),
    );
    weights.forEach((weight, p) => {
      total[start + p]! += weight;
    });
    return { start, size, weights };
  });
  for (const { start, weights } of tiles) {
    weights.forEach((weight, p) => {
      weights[p] = weight / total[start + p]!;
    });
  }
  return tiles;
}
