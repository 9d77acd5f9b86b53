import { type Plane, sizeText } from "../image/image.js";

/** How much stronger a page is at the frequencies of a regular grid than at those around them; 1 on average without a grid. */
export interface Checkerboard {
  /** Alone the checkerboard, frequency (1/2, 1/2). */
  readonly nyquist: number;
  /** Grids that repeat every 2, 4 and 8 pixels and no sooner, as transposed convolutions of stride 2 leave at each of their levels. */
  readonly period2: number;
  readonly period4: number;
  readonly period8: number;
}

/** From here a grid is real: noise alone gets there less than once in ten thousand pages. */
export const CHECKERBOARD_LIMIT = 20;

/** Bins between a grid's frequency and those compared with it: the window's main lobe reaches 1. */
const NEAR = 2;
const FAR = 4;

/**
 * Power of the page's spectrum (Hann window, about the mean) at the frequencies of a grid, over the mean power at the frequencies 2 to 4 bins away from each, averaged over
 * the frequencies of the grid. Pages of at least 32 x 32 pixels; sides are cut to multiples of 8, where these frequencies lie on the spectrum's bins.
 */
export function checkerboard(page: Plane): Checkerboard {
  const width = page.width - (page.width % 8);
  const height = page.height - (page.height % 8);
  if (width < 32 || height < 32) {
    throw new Error(`checkerboard: expected a page of at least 32 x 32 pixels, got ${sizeText(page)}`);
  }
  const windowed = hannWindowed(page, width, height);
  const spectrum = gridSpectrum(windowed, width, height);
  const ratioAt = (u: number, v: number): number => {
    let sum = 0;
    let count = 0;
    for (let dv = -FAR; dv <= FAR; dv++) {
      for (let du = -FAR; du <= FAR; du++) {
        if (Math.max(Math.abs(du), Math.abs(dv)) < NEAR) continue;
        sum += spectrum(u, du, v, dv);
        count++;
      }
    }
    return sum > 0 ? (spectrum(u, 0, v, 0) * count) / sum : 1;
  };
  // In eighths: period 2 are the multiples of 4, period 4 those of 2 that are left, period 8 the rest. Half of the plane, as the page is real.
  const ratios: Record<2 | 4 | 8, number[]> = { 2: [], 4: [], 8: [] };
  for (let v = 0; v <= 4; v++) {
    for (let u = 0; u < 8; u++) {
      if ((v === 0 || v === 4) && u > 4) continue;
      if (u === 0 && v === 0) continue;
      const period = u % 4 === 0 && v % 4 === 0 ? 2 : u % 2 === 0 && v % 2 === 0 ? 4 : 8;
      ratios[period].push(ratioAt(u, v));
    }
  }
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  return {
    nyquist: ratioAt(4, 4),
    period2: mean(ratios[2]),
    period4: mean(ratios[4]),
    period8: mean(ratios[8]),
  };
}

function hannWindowed(page: Plane, width: number, height: number): Float64Array {
  const hann = (i: number, length: number): number =>
    0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length);
  const columns = Float64Array.from({ length: width }, (_, x) => hann(x, width));
  let weights = 0;
  let sum = 0;
  const out = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = hann(y, height);
    for (let x = 0; x < width; x++) {
      const weight = row * columns[x]!;
      out[y * width + x] = weight * page.data[y * page.width + x]!;
      sum += weight * page.data[y * page.width + x]!;
      weights += weight;
    }
  }
  const mean = sum / weights;
  for (let y = 0; y < height; y++) {
    const row = hann(y, height);
    for (let x = 0; x < width; x++) out[y * width + x]! -= mean * row * columns[x]!;
  }
  return out;
}

/**
 * The power at frequency ((u width/8 + du) / width, (v height/8 + dv) / height): a discrete Fourier transform at these frequencies alone, rows first.
 */
function gridSpectrum(
  data: Float64Array,
  width: number,
  height: number,
): (u: number, du: number, v: number, dv: number) => number {
  const near = 2 * FAR + 1;
  const across = frequencies(8, width);
  // [frequency across][y], real and imaginary
  const real = across.map(() => new Float64Array(height));
  const imaginary = across.map(() => new Float64Array(height));
  across.forEach(({ cos, sin }, k) => {
    for (let y = 0; y < height; y++) {
      let [re, im] = [0, 0];
      for (let x = 0; x < width; x++) {
        const value = data[y * width + x]!;
        re += value * cos[x]!;
        im -= value * sin[x]!;
      }
      real[k]![y] = re;
      imaginary[k]![y] = im;
    }
  });
  const power = frequencies(5, height).map(({ cos, sin }) =>
    across.map((_, k) => {
      let [re, im] = [0, 0];
      for (let y = 0; y < height; y++) {
        const [a, b] = [real[k]![y]!, imaginary[k]![y]!];
        re += a * cos[y]! + b * sin[y]!;
        im += b * cos[y]! - a * sin[y]!;
      }
      return re * re + im * im;
    }),
  );
  return (u, du, v, dv) => power[v * near + dv + FAR]![u * near + du + FAR]!;
}

/** Cosines and sines of the first `eighths` grid frequencies of a side, each with its neighbours. */
function frequencies(eighths: number, length: number): { cos: Float64Array; sin: Float64Array }[] {
  return Array.from({ length: eighths * (2 * FAR + 1) }, (_, k) => {
    const eighth = Math.floor(k / (2 * FAR + 1));
    const bin = (eighth * length) / 8 + (k % (2 * FAR + 1)) - FAR;
    const angle = (i: number): number => (2 * Math.PI * (((bin * i) % length) + length)) / length;
    return {
      cos: Float64Array.from({ length }, (_, i) => Math.cos(angle(i))),
      sin: Float64Array.from({ length }, (_, i) => Math.sin(angle(i))),
    };
  });
}
