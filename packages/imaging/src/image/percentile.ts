import type { Plane } from "./image.js";
import type { LazyPage } from "./lazyPage.js";

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

/** Counts pixels by the upper 16 bits of their keys. */
class UpperHistogram {
  readonly #counts = new Float64Array(65536);

  add(data: ArrayLike<number>): void {
    const counts = this.#counts;
    for (let i = 0; i < data.length; i++) counts[orderedKey(data[i]!) >>> 16]!++;
  }

  /** What counts the lower 16 bits where the wanted ranks lie. */
  refined(percents: readonly number[]): LowerHistograms {
    const count = this.#counts.reduce((sum, pixels) => sum + pixels, 0);
    if (count === 0) throw new Error("percentiles: expected at least one pixel, got none");
    const positions = percents.map((percent) => {
      if (!(percent >= 0 && percent <= 100)) {
        throw new Error(`percentiles: expected a percentage in [0, 100], got ${percent}`);
      }
      return (percent / 100) * (count - 1);
    });
    const ranks = [
      ...new Set(positions.flatMap((p) => [Math.floor(p), Math.min(Math.floor(p) + 1, count - 1)])),
    ];
    ranks.sort((a, b) => a - b);
    const places = new Map<number, Place>();
    let before = 0;
    let next = 0;
    for (let bucket = 0; bucket < this.#counts.length && next < ranks.length; bucket++) {
      const after = before + this.#counts[bucket]!;
      for (; next < ranks.length && ranks[next]! < after; next++)
        places.set(ranks[next]!, { bucket, before });
      before = after;
    }
    return new LowerHistograms(positions, count, places);
  }
}

/** Where a rank lies: a bucket of the upper 16 bits, and how many pixels are in those below. */
interface Place {
  readonly bucket: number;
  readonly before: number;
}

/** Counts the lower 16 bits of the pixels in the buckets where ranks lie. */
class LowerHistograms {
  readonly #positions: readonly number[];
  readonly #count: number;
  readonly #places: ReadonlyMap<number, Place>;
  /** Of each bucket, the number of its histogram; 0 for most, which have none. */
  readonly #numbers = new Uint32Array(65536);
  readonly #counts: Float64Array[] = [new Float64Array()];

  constructor(positions: readonly number[], count: number, places: ReadonlyMap<number, Place>) {
    this.#positions = positions;
    this.#count = count;
    this.#places = places;
    for (const { bucket } of places.values()) {
      if (this.#numbers[bucket] === 0) this.#numbers[bucket] = this.#counts.push(new Float64Array(65536)) - 1;
    }
  }

  add(data: ArrayLike<number>): void {
    const numbers = this.#numbers;
    for (let i = 0; i < data.length; i++) {
      const key = orderedKey(data[i]!);
      const number = numbers[key >>> 16]!;
      if (number > 0) this.#counts[number]![key & 0xffff]!++;
    }
  }

  percentiles(): number[] {
    return this.#positions.map((position) => {
      const below = Math.floor(position);
      const a = this.#valueAt(below);
      const b = this.#valueAt(Math.min(below + 1, this.#count - 1));
      return a + (b - a) * (position - below);
    });
  }

  #valueAt(rank: number): number {
    const place = this.#places.get(rank)!;
    const counts = this.#counts[this.#numbers[place.bucket]!]!;
    let seen = place.before;
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i]!;
      if (seen > rank) return valueOfKey(((place.bucket << 16) | i) >>> 0);
    }
    throw new Error(
      `percentiles: rank ${rank} of ${this.#count} not found; the pixels changed while they were counted`,
    );
  }
}

/**
 * Percentiles of all pixels of all pages, `numpy.percentile(..., method="linear")` on the concatenation:
 * exact order statistics (of the pixels as float32, which holds every supported dtype), linear between neighbours.
 * Two histogram passes instead of a sort: linear time, no copy of the pixels.
 * `percents` in [0, 100]; returns one value for each.
 */
export function percentiles(pages: readonly Pick<Plane, "data">[], percents: readonly number[]): number[] {
  const upper = new UpperHistogram();
  for (const { data } of pages) upper.add(data);
  const lower = upper.refined(percents);
  for (const { data } of pages) lower.add(data);
  return lower.percentiles();
}

/** `percentiles` of pages that are read one after the other, twice each, none held: exact, and in the memory of one page. */
export async function streamedPercentiles(
  pages: readonly Pick<LazyPage, "read">[],
  percents: readonly number[],
): Promise<number[]> {
  const upper = new UpperHistogram();
  for (const page of pages) upper.add((await page.read()).data);
  const lower = upper.refined(percents);
  for (const page of pages) lower.add((await page.read()).data);
  return lower.percentiles();
}

/** One percentile of all pixels of all pages; see `percentiles`. */
export function percentile(pages: readonly Pick<Plane, "data">[], percent: number): number {
  return percentiles(pages, [percent])[0]!;
}
