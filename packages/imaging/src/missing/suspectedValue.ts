import type { Plane } from "../image/image.js";

/** A grey value that may stand for no value. */
export interface SuspectedValue {
  readonly value: number;
  /** The part of the page that has it, 0 to 1. */
  readonly part: number;
  /** Between which the other pixels lie. */
  readonly others: readonly [low: number, high: number];
}

/** Fewer pixels are dead or hot ones, or a star. */
const FEWEST = 0.005;

/** So many of the pixels with the value lie beside another one, where they are areas. */
const JOINED = 0.9;

/** So few of the others lie between them and the value, as interpolation at the borders makes them. */
const BETWEEN = 0.005;

/** The value is so many times as far from the others as half of these are spread on that side. */
const FAR = 4;

/**
 * The lowest or the highest grey value of a page where it is an exact constant over areas (a half percent of the page or more) and far outside all others, as -9999, 65535 or the zeros around a registered image are: it is more than four times as far
 * from the others as the middle of these is. Dark backgrounds and saturated pixels have others beside them. Pixels that are not finite are not looked at.
 */
export function suspectedValue({ width, height, data }: Plane): SuspectedValue | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low < high)) return undefined;
  for (const value of [low, high]) {
    const { count, joined } = areaOf(value, { width, height, data });
    if (count < FEWEST * data.length || joined < JOINED * count) continue;
    const others = Float64Array.from(data)
      .filter((one) => Number.isFinite(one) && one !== value)
      .sort();
    const at = (part: number): number => others[Math.floor(part * (others.length - 1))]!;
    const near = at(value === low ? BETWEEN : 1 - BETWEEN);
    const spread = Math.abs(at(0.5) - near);
    if (spread === 0 || Math.abs(value - near) <= FAR * spread) continue;
    return { value, part: count / data.length, others: [at(BETWEEN), at(1 - BETWEEN)] };
  }
  return undefined;
}

/** How many pixels have a value, and how many of them lie beside, above or below another one. */
function areaOf(value: number, { width, height, data }: Plane): { count: number; joined: number } {
  let [count, joined] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (data[i] !== value) continue;
      count++;
      if (
        (x > 0 && data[i - 1] === value) ||
        (x + 1 < width && data[i + 1] === value) ||
        (y > 0 && data[i - width] === value) ||
        (y + 1 < height && data[i + width] === value)
      )
        joined++;
    }
  }
  return { count, joined };
}
