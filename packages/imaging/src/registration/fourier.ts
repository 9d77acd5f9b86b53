/** Complex values on a grid, row-major. */
export interface ComplexGrid {
  readonly width: number;
  readonly height: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A grid of zeros whose sides are powers of two. */
export function complexGrid(width: number, height: number): ComplexGrid {
  for (const side of [width, height]) {
    if (side < 1 || 2 ** Math.round(Math.log2(side)) !== side) {
      throw new Error(`complexGrid: expected sides that are powers of two, got ${width} x ${height}`);
    }
  }
  return { width, height, re: new Float64Array(width * height), im: new Float64Array(width * height) };
}

/**
 * The discrete Fourier transform of a grid, in place: sum of x exp(-2 pi i (u x / width + v y / height)), not scaled. "inverse" has the other sign and divides by
 * the number of values. Radix 2 (Cooley and Tukey 1965).
 */
export function fourier({ width, height, re, im }: ComplexGrid, direction: "forward" | "inverse"): void {
  const sign = direction === "forward" ? -1 : 1;
  const along = transform(width, sign);
  for (let y = 0; y < height; y++) along(re, im, y * width, 1);
  const down = width === height ? along : transform(height, sign);
  for (let x = 0; x < width; x++) down(re, im, x, width);
  if (direction === "forward") return;
  const count = width * height;
  for (let i = 0; i < count; i++) {
    re[i]! /= count;
    im[i]! /= count;
  }
}

/** Transforms `length` values that begin at `start` and are `stride` apart. */
function transform(
  length: number,
  sign: number,
): (re: Float64Array, im: Float64Array, start: number, stride: number) => void {
  const bits = Math.log2(length);
  const reversed = Uint32Array.from({ length }, (_, i) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) value |= ((i >> bit) & 1) << (bits - 1 - bit);
    return value;
  });
  const cosine = Float64Array.from({ length: length / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  const sine = Float64Array.from(
    { length: length / 2 },
    (_, i) => sign * Math.sin((2 * Math.PI * i) / length),
  );
  const [a, b] = [new Float64Array(length), new Float64Array(length)];
  return (re, im, start, stride) => {
    for (let i = 0; i < length; i++) {
      const from = start + reversed[i]! * stride;
      a[i] = re[from]!;
      b[i] = im[from]!;
    }
    for (let half = 1; half < length; half *= 2) {
      const step = length / (2 * half);
      for (let block = 0; block < length; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const low = block + k;
          const high = block + k + half;
          const c = cosine[k * step]!;
          const s = sine[k * step]!;
          const re1 = a[high]! * c - b[high]! * s;
          const im1 = a[high]! * s + b[high]! * c;
          a[high] = a[low]! - re1;
          b[high] = b[low]! - im1;
          a[low]! += re1;
          b[low]! += im1;
        }
      }
    }
    for (let i = 0; i < length; i++) {
      re[start + i * stride] = a[i]!;
      im[start + i * stride] = b[i]!;
    }
  };
}
