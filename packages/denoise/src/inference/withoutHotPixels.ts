import type { Plane } from "@clidim/imaging";

/** A hot or dead pixel differs from the median of the pixels around it by more than so many times what these differ by among themselves, */
const LOCAL = 20;

/** and by more than so many times the range from the 1st to the 99th percentile of the page, which of normal noise alone is 4.7 standard deviations. */
const OF_PAGE = 5;

/** At most so many pixels of a page, evenly spread, tell its percentiles. */
const SAMPLED = 2 ** 16;

/** Multiples of it lie between whole numbers as evenly as can be, without a period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The page with pixels that stand far above or below everything around them, as a camera's hot pixels and cosmic rays do, replaced by the median of the pixels around them; the page itself where there
 * are none. The smallest spots of a microscope light up the pixels beside their brightest one, and so differ much less from these than they differ among themselves. The lowest and the highest of the
 * pixels around are left aside, which may be hot themselves. A page whose 1st and 99th percentiles are equal, as one of single photons, says nothing of what is far: nothing is replaced.
 */
export function withoutHotPixels(page: Plane): Plane {
  const { width, height, data } = page;
  const limit = OF_PAGE * rangeOf(page);
  if (limit === 0) return page;
  let replaced: Float64Array | undefined;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const value = data[at]!;
      const far = (there: boolean, other: number): boolean => there && Math.abs(value - data[other]!) > limit;
      const candidate =
        far(x > 0, at - 1) ||
        far(x < width - 1, at + 1) ||
        far(y > 0, at - width) ||
        far(y < height - 1, at + width);
      if (!candidate) continue;
      const around = sortedAround(page, x, y);
      const median = (around[(around.length - 1) >> 1]! + around[around.length >> 1]!) / 2;
      const spread = around.at(-2)! - around[1]!;
      if (Math.abs(value - median) <= Math.max(limit, LOCAL * spread)) continue;
      replaced ??= Float64Array.from(data);
      replaced[at] = median;
    }
  }
  return replaced ? { width, height, data: replaced } : page;
}

/** From every so manyth pixel of so many rows, of each one from another column on, and rows that are spread without a period: of a pattern that comes again and again all of it is seen. */
function rangeOf({ width, height, data }: Plane): number {
  const thinning = Math.max(1, data.length / SAMPLED);
  const rows = Math.max(1, Math.floor(height * (Math.min(width, Math.ceil(Math.sqrt(thinning))) / thinning)));
  const across = Math.ceil((width * rows) / SAMPLED);
  const values: number[] = [];
  for (let k = 0; k < rows; k++) {
    const y = Math.floor(((k + ((k * GOLDEN) % 1)) * height) / rows);
    for (let x = k % across; x < width; x += across) values.push(data[y * width + x]!);
  }
  const sample = Float64Array.from(values).sort();
  const last = sample.length - 1;
  return sample[Math.round(0.99 * last)]! - sample[Math.round(0.01 * last)]!;
}

/** The values of the eight pixels around one, of fewer at the border, in ascending order. */
function sortedAround({ width, height, data }: Plane, x: number, y: number): number[] {
  const values: number[] = [];
  for (let besideY = Math.max(0, y - 1); besideY <= Math.min(height - 1, y + 1); besideY++) {
    for (let besideX = Math.max(0, x - 1); besideX <= Math.min(width - 1, x + 1); besideX++) {
      if (besideX !== x || besideY !== y) values.push(data[besideY * width + besideX]!);
    }
  }
  return values.toSorted((a, b) => a - b);
}
