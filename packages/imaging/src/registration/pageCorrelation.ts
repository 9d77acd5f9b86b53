import type { Float64Plane, Plane } from "../image/image.js";
import { sizeText } from "../image/image.js";
import { gaussianBlur } from "../noise/gaussianBlur.js";
import { type ComplexGrid, complexGrid, fourier } from "./fourier.js";

/** How two pages of one size go together. Correlations are Pearson's, of structures of one size (the band), from -1 to 1. */
export interface PageCorrelation {
  /** As the pages lie. */
  readonly inPlace: number;
  /** What two pages of one scene would have, as far as their noise allows; 1 without noise, and below `FEWEST_SIGNAL` where noise is all that can be seen. */
  readonly expected: number;
  /** The standard deviation of the correlation of pages that have nothing to do with each other. */
  readonly chance: number;
  /** Where the second page would have to be moved to fit the first best, pixels to the right and down. */
  readonly shift: Shift;
  /** The correlation there. */
  readonly shifted: number;
  /** Pixels to one of the resolution at which they were compared: 1, 2 or 4. The shift is exact to about a tenth of it. */
  readonly factor: number;
  /** What part of the power of their finest structures is noise, of the first page and of the second. */
  readonly noise: readonly [first: number, second: number];
}

/** Pixels to the right and down. */
export interface Shift {
  readonly dx: number;
  readonly dy: number;
}

/** The side of the smallest pages that are compared, pixels. */
export const SMALLEST_COMPARED = 32;

/** Below so much of `expected`, structures cannot be told from noise. */
export const FEWEST_SIGNAL = 0.4;

/** Sigmas of the two blurs whose difference is the band, in pixels of a level. */
const FINE = 1;
const COARSE = 4;

/** The variance that the band leaves of white noise of variance 1: the sum of the squares of its kernel, whose Gaussians have 1 / (2 pi (s^2 + t^2)) in common. */
const BAND_POWER =
  1 / (4 * Math.PI * FINE ** 2) - 1 / (Math.PI * (FINE ** 2 + COARSE ** 2)) + 1 / (4 * Math.PI * COARSE ** 2);

/** The area in pixels over which noise is one in the band: the sum of its squared autocorrelation. */
const GRAIN = 5.5;

/** A page at one resolution: its structures of about 1 to 4 pixels, and how much of their variance is no noise. */
interface Level {
  /** Pixels of the page to one of the level. */
  readonly factor: number;
  readonly band: Float64Plane;
  readonly reliability: number;
}

/**
 * Compares pages of one size and at least `SMALLEST_COMPARED` pixels wide and high. Both are taken apart into structures of about 1 to 4, 2 to 8 and 4 to 16 pixels; the size is
 * used at which related and unrelated pages can be told apart best, which noise and the number of structures decide. What illumination and background do is slower, and not seen; nor is
 * a difference of units. A page without any structure has correlation 0 and 0 is expected of it.
 *
 * `chance` is Bartlett's formula for the product of the pages' autocorrelations; noise is taken to be white. The shift is the maximum of the cross-correlation, which is the
 * maximum likelihood estimate for a clean and a noisy page, within a quarter of the sides.
 */
export function pageCorrelation(first: Plane, second: Plane): PageCorrelation {
  const { width, height } = first;
  if (
    second.width !== width ||
    second.height !== height ||
    Math.min(width, height) < SMALLEST_COMPARED ||
    first.data.length !== width * height
  ) {
    throw new Error(
      `pageCorrelation: expected two pages of one size of at least ${SMALLEST_COMPARED} x ${SMALLEST_COMPARED} pixels, got ${sizeText(first)} and ${sizeText(second)}`,
    );
  }
  let best: { readonly power: number; readonly level: LevelCorrelation } | undefined;
  const [levelsOfFirst, others] = [levels(first), levels(second)];
  for (const [i, one] of levelsOfFirst.entries()) {
    const level = correlateLevel(one, others[i]!);
    const power = level.expected < FEWEST_SIGNAL ? 0 : level.expected / level.chance;
    if (!best || power > best.power) best = { power, level };
  }
  const { level } = best!; // there is a level of the smallest pages
  const { inPlace, expected, chance, factor } = level;
  const noise = [levelsOfFirst[0]!, others[0]!].map(({ reliability }) => 1 - reliability) as [number, number];
  return { inPlace, expected, chance, factor, noise, ...peak(level) };
}

function levels(page: Plane): Level[] {
  const variance = noiseVariance(page);
  const found: Level[] = [];
  let current: Plane = page;
  for (let factor = 1; factor <= 4; factor *= 2) {
    if (factor > 1) current = halved(current);
    if (Math.min(current.width, current.height) < SMALLEST_COMPARED) break;
    const band = bandOf(current);
    const power = meanSquare(band.data);
    // The mean of factor^2 pixels has a factor^2-th of the noise.
    const left = (variance * BAND_POWER) / factor ** 2;
    // The standard error of the power that noise alone would have.
    const error = left * Math.sqrt((2 * GRAIN) / band.data.length);
    found.push({ factor, band, reliability: power > left + 4 * error ? 1 - left / power : 0 });
  }
  return found;
}

/**
 * The mean variance of white noise (Immerkaer 1996). What structures have of single pixels counts as noise: then less correlation is expected than there could be. The medians of
 * `estimateNoise` would not count it, but see no noise where most pixels have no photon.
 */
function noiseVariance({ width, height, data }: Plane): number {
  // The mask [1 -2 1]^T [1 -2 1] / 6, whose squares sum up to 1.
  let squares = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const row = (middle: number): number => data[middle - 1]! - 2 * data[middle]! + data[middle + 1]!;
      squares += ((row(at - width) - 2 * row(at) + row(at + width)) / 6) ** 2;
    }
  }
  return squares / ((width - 2) * (height - 2));
}

/** Means of 2 x 2 pixels; an odd row or column at the end is left out. */
function halved({ width, height, data }: Plane): Float64Plane {
  const [columns, rows] = [width >> 1, height >> 1];
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * columns + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
    }
  }
  return { width: columns, height: rows, data: out };
}

/** The difference of two Gaussians, less its mean. Rounding alone is no structure. */
function bandOf(page: Plane): Float64Plane {
  const { width, height, data } = gaussianBlur(page, FINE);
  const coarse = gaussianBlur(page, COARSE).data;
  let mean = 0;
  let size = 0;
  for (let i = 0; i < data.length; i++) {
    size = Math.max(size, Math.abs(data[i]!));
    data[i]! -= coarse[i]!;
    mean += data[i]! / data.length;
  }
  for (let i = 0; i < data.length; i++) data[i]! -= mean;
  if (meanSquare(data) < (1e-12 * size) ** 2) data.fill(0);
  return { width, height, data };
}

function meanSquare(data: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! ** 2;
  return sum / data.length;
}

interface LevelCorrelation extends Omit<PageCorrelation, "shift" | "shifted" | "noise"> {
  /** Cross-power spectrum, normalised so that its inverse transform is the correlation at each shift. */
  readonly spectrum: ComplexGrid;
  readonly width: number;
  readonly height: number;
}

function correlateLevel(one: Level, other: Level): LevelCorrelation {
  const { width, height, data: a } = one.band;
  const b = other.band.data;
  const count = width * height;
  // Both pages in one transform: a + i b.
  const grid = complexGrid(powerOfTwo(width), powerOfTwo(height));
  const { re, im } = grid;
  let [aa, bb, ab] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = a[y * width + x]!;
      const q = b[y * width + x]!;
      re[y * grid.width + x] = p;
      im[y * grid.width + x] = q;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
  }
  fourier(grid, "forward");
  const spectrum = complexGrid(grid.width, grid.height);
  const norm = Math.sqrt(aa * bb);
  let [powerA, powerB, both] = [0, 0, 0];
  for (let v = 0; v < grid.height; v++) {
    for (let u = 0; u < grid.width; u++) {
      const at = v * grid.width + u;
      const mirrored = ((grid.height - v) % grid.height) * grid.width + ((grid.width - u) % grid.width);
      // A = (F + conj F') / 2 and B = (F - conj F') / 2i, F' at the negative frequency.
      const ar = (re[at]! + re[mirrored]!) / 2;
      const ai = (im[at]! - im[mirrored]!) / 2;
      const br = (im[at]! + im[mirrored]!) / 2;
      const bi = (re[mirrored]! - re[at]!) / 2;
      const pa = ar * ar + ai * ai;
      const pb = br * br + bi * bi;
      powerA += pa;
      powerB += pb;
      both += pa * pb;
      if (norm === 0) continue;
      spectrum.re[at] = (ar * br + ai * bi) / norm;
      spectrum.im[at] = (ai * br - ar * bi) / norm;
    }
  }
  return {
    factor: one.factor,
    width,
    height,
    spectrum,
    inPlace: norm > 0 ? ab / norm : 0,
    expected: Math.sqrt(one.reliability * other.reliability),
    // The mean square of the correlation over all shifts is sum(Pa Pb) / (sum Pa sum Pb); unrelated pages have it in place, but for the shifts at which they do not overlap.
    chance: norm > 0 ? Math.sqrt((both * re.length) / (powerA * powerB * count)) : 1,
  };
}

const powerOfTwo = (length: number): number => 2 ** Math.ceil(Math.log2(length));

/** The shift with the largest correlation. */
function peak({
  spectrum,
  factor,
  width,
  height,
}: LevelCorrelation): Pick<PageCorrelation, "shift" | "shifted"> {
  const surface = { ...spectrum, re: spectrum.re.slice(), im: spectrum.im.slice() };
  fourier(surface, "inverse");
  const [reachX, reachY] = [width >> 2, height >> 2];
  let best = { value: Number.NEGATIVE_INFINITY, dx: 0, dy: 0 };
  for (let dy = -reachY; dy <= reachY; dy++) {
    for (let dx = -reachX; dx <= reachX; dx++) {
      const row = (dy + surface.height) % surface.height;
      const value = surface.re[row * surface.width + ((dx + surface.width) % surface.width)]!;
      // The overlap grows smaller with the shift.
      const overlap = (1 - Math.abs(dx) / width) * (1 - Math.abs(dy) / height);
      if (value / overlap > best.value) best = { value: value / overlap, dx, dy };
    }
  }
  let { dx, dy } = best;
  for (const step of [0.5, 0.1, 0.02]) ({ dx, dy } = refined(spectrum, dx, dy, step));
  return { shift: { dx: dx * factor, dy: dy * factor }, shifted: Math.min(1, best.value) };
}

/**
 * The largest value of the correlation at the 11 x 11 shifts around one that are `step` apart, by the inverse transform at these shifts alone (Guizar-Sicairos, Thurman and
 * Fienup 2008).
 */
function refined({ width, height, re, im }: ComplexGrid, dx: number, dy: number, step: number): Shift {
  const offsets = Array.from({ length: 11 }, (_, i) => (i - 5) * step);
  const sums = offsets.map(() => ({ re: new Float64Array(width), im: new Float64Array(width) }));
  for (let v = 0; v < height; v++) {
    const frequency = (2 * Math.PI * (v < height / 2 ? v : v - height)) / height;
    offsets.forEach((offset, k) => {
      const [c, s] = [Math.cos(frequency * (dy + offset)), Math.sin(frequency * (dy + offset))];
      const sum = sums[k]!;
      for (let u = 0; u < width; u++) {
        const at = v * width + u;
        sum.re[u]! += re[at]! * c - im[at]! * s;
        sum.im[u]! += re[at]! * s + im[at]! * c;
      }
    });
  }
  let best = { value: Number.NEGATIVE_INFINITY, dx, dy };
  for (const along of offsets) {
    const phases = Array.from({ length: width }, (_, u) => {
      const frequency = (2 * Math.PI * (u < width / 2 ? u : u - width)) / width;
      return { c: Math.cos(frequency * (dx + along)), s: Math.sin(frequency * (dx + along)) };
    });
    offsets.forEach((offset, k) => {
      const sum = sums[k]!;
      let value = 0;
      for (let u = 0; u < width; u++) value += sum.re[u]! * phases[u]!.c - sum.im[u]! * phases[u]!.s;
      if (value > best.value) best = { value, dx: dx + along, dy: dy + offset };
    });
  }
  return { dx: best.dx, dy: best.dy };
}
