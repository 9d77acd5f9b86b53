import type { Float64Plane } from "@clidim/imaging";

/** An orthonormal wavelet: the filter of its scaling function; that of the wavelet follows from it. */
export interface Wavelet {
  /** As PyWavelets has `dec_lo`: sum sqrt(2), squares 1. */
  readonly lowPass: readonly number[];
}

/** What one level takes from a page, of its own size; noise of standard deviation 1 has it in each. */
export interface WaveletLevel {
  /** Details along rows, columns and both. */
  readonly details: readonly [Float64Array, Float64Array, Float64Array];
}

export interface WaveletCoefficients {
  /** The finest first. */
  readonly levels: readonly WaveletLevel[];
  readonly approximation: Float64Array;
}

/** Of the shorter wavelet, a difference of two. */
export const haar: Wavelet = { lowPass: [Math.SQRT1_2, Math.SQRT1_2] };

/** Daubechies' least asymmetric wavelet with four vanishing moments, which others call sym4. */
export const symlet4: Wavelet = {
  lowPass: [
    -0.07576571478927333, -0.02963552764599851, 0.49761866763201545, 0.8037387518059161, 0.29785779560527736,
    -0.09921954357684722, -0.012603967262037833, 0.0322231006040427,
  ],
};

/**
 * The undecimated (stationary) wavelet transform, `pywt.swt2` but for the order of its parts: at each level the filters' taps are twice as far apart, and nothing is left out, so that it is the same for a page that is shifted. Pages
 * continue periodically.
 */
export function waveletCoefficients(
  page: Float64Plane,
  wavelet: Wavelet,
  count: number,
): WaveletCoefficients {
  const { low, high } = filters(wavelet);
  const { width, height } = page;
  const levels: WaveletLevel[] = [];
  let approximation = page.data;
  for (let level = 0; level < count; level++) {
    const along = (data: Float64Array, taps: readonly number[], rows: boolean): Float64Array =>
      filtered(data, width, height, taps, 2 ** level, rows, -1);
    const [smooth, rough] = [along(approximation, low, true), along(approximation, high, true)];
    levels.push({
      details: [along(rough, low, false), along(smooth, high, false), along(rough, high, false)],
    });
    approximation = along(smooth, low, false);
  }
  return { levels, approximation };
}

/** The page of coefficients; of those that are those of no page, the mean of the pages of all shifts (cycle spinning, Coifman and Donoho 1995). */
export function waveletPage(
  { levels, approximation }: WaveletCoefficients,
  wavelet: Wavelet,
  { width, height }: Pick<Float64Plane, "width" | "height">,
): Float64Plane {
  const { low, high } = filters(wavelet);
  let data = approximation;
  for (const [level, { details }] of [...levels.entries()].reverse()) {
    const back = (one: Float64Array, other: Float64Array, rows: boolean): Float64Array => {
      const part = filtered(one, width, height, low, 2 ** level, rows, 1);
      const rest = filtered(other, width, height, high, 2 ** level, rows, 1);
      for (let i = 0; i < part.length; i++) part[i] = (part[i]! + rest[i]!) / 2;
      return part;
    };
    const [alongRows, alongColumns, alongBoth] = details;
    data = back(back(data, alongColumns, false), back(alongRows, alongBoth, false), true);
  }
  return { width, height, data };
}

/** The quadrature mirror filters: `high_k = (-1)^k low_(n-1-k)`. */
function filters({ lowPass }: Wavelet): {
  readonly low: readonly number[];
  readonly high: readonly number[];
} {
  const last = lowPass.length - 1;
  return { low: lowPass, high: lowPass.map((_, k) => (k % 2 === 0 ? 1 : -1) * lowPass[last - k]!) };
}

/** `out_i = sum_k taps_k data_(i + direction k spacing)` along the rows, or along the columns, which continue periodically. */
function filtered(
  data: Float64Array,
  width: number,
  height: number,
  taps: readonly number[],
  spacing: number,
  rows: boolean,
  direction: 1 | -1,
): Float64Array {
  const out = new Float64Array(data.length);
  const reach = (taps.length - 1) * spacing;
  /** A row with what comes behind it, or before it. */
  const line = new Float64Array(rows ? width + reach : 0);
  const first = direction === 1 ? 0 : modulo(-reach, width);
  const from = taps.map((_, k) => (direction === 1 ? k * spacing : reach - k * spacing));
  for (let y = 0; y < height; y++) {
    if (rows) {
      for (let i = 0, x = first; i < line.length; i++, x = x + 1 === width ? 0 : x + 1) {
        line[i] = data[y * width + x]!;
      }
    } else {
      for (let k = 0; k < taps.length; k++) from[k] = width * modulo(y + direction * k * spacing, height);
    }
    addTaps(out, y * width, width, rows ? line : data, from, taps);
  }
  return out;
}

const modulo = (i: number, length: number): number => ((i % length) + length) % length;

/** Adds `sum_k taps_k data_(from_k + i)`, in this order, to `count` values of `out` from `to` on. Four taps at a time, or two: orthonormal filters have an even number, and most of the time goes into memory. */
function addTaps(
  out: Float64Array,
  to: number,
  count: number,
  data: Float64Array,
  from: readonly number[],
  taps: readonly number[],
): void {
  for (let k = 0; k < taps.length; ) {
    const [a, b, c, d] = [taps[k]!, taps[k + 1]!, taps[k + 2], taps[k + 3]];
    const [atA, atB, atC, atD] = [from[k]!, from[k + 1]!, from[k + 2]!, from[k + 3]!];
    if (c === undefined || d === undefined) {
      for (let i = 0; i < count; i++) out[to + i] = out[to + i]! + a * data[atA + i]! + b * data[atB + i]!;
      k += 2;
    } else {
      for (let i = 0; i < count; i++) {
        const two = out[to + i]! + a * data[atA + i]! + b * data[atB + i]!;
        out[to + i] = two + c * data[atC + i]! + d * data[atD + i]!;
      }
      k += 4;
    }
  }
}
