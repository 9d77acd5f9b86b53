import type { Plane } from "./image.js";

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** float32 bits mapped so that unsigned order is numeric order. */
function orderedKey(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

function valueOfKey(key: number): number {
  scratchBits[0] = key & 0x80000000 ? key & 0x7fffffff : ~key;
  return scratchFloat[0]!;
}

/**
 * Percentiles of all pixels of all pages, `numpy.percentile(..., method="linear")` on the concatenation:
 * exact order statistics (of the pixels as float32, which holds every supported dtype), linear between neighbours.
 * Two histogram passes instead of a sort: linear time, no copy of the pixels.
 * `percents` in [0, 100]; returns one value for each.
 */
export function percentiles(pages: readonly Pick<Plane, "data">[], percents: readonly number[]): number[] {
  let count = 0;
  for (const { data } of pages) count += data.length;
  if (count === 0) throw new Error("percentiles: expected at least one pixel, got none");
  const positions = percents.map((percent) => {
    if (!(percent >= 0 && percent <= 100)) {
      throw new Error(`percentiles: expected a percentage in [0, 100], got ${percent}`);
    }
    return (percent / 100) * (count - 1);
  });

  const high = new Float64Array(65536);
  for (const { data } of pages) {
    for (let i = 0; i < data.length; i++) high[orderedKey(data[i]!) >>> 16]!++;
  }

  // Each wanted rank lies in one bucket of the upper 16 bits; a second histogram resolves the lower 16 there.
  const ranks = [
    ...new Set(positions.flatMap((p) => [Math.floor(p), Math.min(Math.floor(p) + 1, count - 1)])),
  ];
  ranks.sort((a, b) => a - b);
  const bucketOfRank = new Map<number, { bucket: number; before: number }>();
  const low = new Map<number, Float64Array>();
  let before = 0;
  let next = 0;
  for (let bucket = 0; bucket < high.length && next < ranks.length; bucket++) {
    const after = before + high[bucket]!;
    for (; next < ranks.length && ranks[next]! < after; next++) {
      bucketOfRank.set(ranks[next]!, { bucket, before });
      if (!low.has(bucket)) low.set(bucket, new Float64Array(65536));
    }
    before = after;
  }
  for (const { data } of pages) {
    for (let i = 0; i < data.length; i++) {
      const key = orderedKey(data[i]!);
      const histogram = low.get(key >>> 16);
      if (histogram) histogram[key & 0xffff]!++;
    }
  }

  const valueAtRank = (rank: number): number => {
    const place = bucketOfRank.get(rank)!;
    const histogram = low.get(place.bucket)!;
    let seen = place.before;
    for (let i = 0; i < histogram.length; i++) {
      seen += histogram[i]!;
      if (seen > rank) return valueOfKey(((place.bucket << 16) | i) >>> 0);
    }
    throw new Error(
      `percentiles: rank ${rank} of ${count} not found; the pixels changed while they were counted`,
    );
  };
  return positions.map((position) => {
    const below = Math.floor(position);
    const a = valueAtRank(below);
    const b = valueAtRank(Math.min(below + 1, count - 1));
    return a + (b - a) * (position - below);
  });
}

/** One percentile of all pixels of all pages; see `percentiles`. */
export function percentile(pages: readonly Pick<Plane, "data">[], percent: number): number {
  return percentiles(pages, [percent])[0]!;
}
