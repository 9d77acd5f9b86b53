import { type Plane, symmetric } from "@clidim/imaging";

/** Of each pixel of a page, in one unit: its value, and mean and variance of the square window around it, all less the mean of the page. */
export interface WindowMoments {
  /** Of the page, which has been taken from values and means. */
  readonly middle: number;
  readonly values: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Borders are mirrored, the edge repeated. `window` is odd, pixels. Running sums: as quick for any window. */
export function windowMoments({ width, height, data }: Plane, window: number): WindowMoments {
  const grey = Float64Array.from(data);
  const middle = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  // Variances are differences of squares, which are small around the mean.
  const values = grey.map((value) => value - middle);
  const squares = values.map((value) => value * value);
  const means = windowMeans(values, width, height, window);
  const variances = windowMeans(squares, width, height, window).map((square, i) => square - means[i]! ** 2);
  return { middle, values, means, variances };
}

/** The mean of the square window around each pixel. */
function windowMeans(values: Float64Array, width: number, height: number, window: number): Float64Array {
  const rows = new Float64Array(values.length);
  for (let y = 0; y < height; y++) runningMeans(values, rows, y * width, 1, width, window);
  const out = new Float64Array(values.length);
  for (let x = 0; x < width; x++) runningMeans(rows, out, x, width, height, window);
  return out;
}

/** Means along a line of `length` values, `stride` apart. */
function runningMeans(
  from: Float64Array,
  to: Float64Array,
  start: number,
  stride: number,
  length: number,
  window: number,
): void {
  const radius = (window - 1) / 2;
  const at = (i: number): number => from[start + stride * symmetric(i, length)]!;
  let sum = 0;
  for (let i = -radius; i < radius; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    sum += at(i + radius);
    to[start + stride * i] = sum / window;
    sum -= at(i - radius);
  }
}
