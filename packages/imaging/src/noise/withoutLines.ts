import type { Float64Plane } from "../image/image.js";
import { gaussianBlur } from "./gaussianBlur.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";

/** What of rows is smoother than this down the page is structure, pixels; and the part of the variance that noise of rows has there, which stays: 1 / (2 sqrt(pi) sigma). */
const SIGMA = 4;
const LEFT = 1 / (2 * Math.sqrt(Math.PI) * SIGMA);

/** A page whose noise has standard deviation 1 again, once that of whole rows and columns has gone. */
export interface WithoutLines {
  readonly page: Float64Plane;
  /** What the page was divided by. */
  readonly scale: number;
  /** Of the noise that is left. */
  readonly correlation?: NoiseCorrelation | undefined;
}

/**
 * A page of noise of standard deviation 1 without that which whole rows, or columns, share: of each row the median of what it has beyond the smooth course of its columns, which structures that fill less than half of a row hardly move. What of
 * it is smooth from row to row cannot be told from the image, and stays.
 */
export function withoutLines(page: Float64Plane, correlation: NoiseCorrelation | undefined): WithoutLines {
  if (!correlation || correlation.rows + correlation.columns === 0) return { page, scale: 1, correlation };
  const { width, height } = page;
  const data = Float64Array.from(page.data);
  if (correlation.rows > 0) takeMedians(data, width, height, 1, width);
  if (correlation.columns > 0) takeMedians(data, height, width, width, 1);
  const [rows, columns] = [LEFT * correlation.rows, LEFT * correlation.columns];
  const variance = 1 - (1 - LEFT) * (correlation.rows + correlation.columns);
  const scale = Math.sqrt(variance);
  return {
    page: { width, height, data: data.map((value) => value / scale) },
    scale,
    correlation: {
      rows: rows / variance,
      columns: columns / variance,
      near: correlation.near.map((part) => part / variance),
      reach: correlation.reach,
    },
  };
}

/** Takes from each of `count` lines of `length` pixels, which are `step` apart, as lines are `stride`, its median beyond the smooth course across lines. */
function takeMedians(data: Float64Array, length: number, count: number, step: number, stride: number): void {
  const across = new Float64Array(data.length);
  for (let x = 0; x < length; x++) {
    const line = Float64Array.from({ length: count }, (_, y) => data[y * stride + x * step]!);
    const smooth = gaussianBlur({ width: count, height: 1, data: line }, SIGMA).data;
    for (let y = 0; y < count; y++) across[y * length + x] = line[y]! - smooth[y]!;
  }
  for (let y = 0; y < count; y++) {
    const line = across.slice(y * length, (y + 1) * length).sort();
    const median = (line[(length - 1) >> 1]! + line[length >> 1]!) / 2;
    for (let x = 0; x < length; x++) data[y * stride + x * step]! -= median;
  }
}
