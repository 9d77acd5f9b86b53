import { cutPlane, type Float64Plane, type Plane, symmetric } from "@clidim/imaging";
import {
  haar,
  symlet4,
  type WaveletCoefficients,
  waveletCoefficients,
  waveletPage,
} from "./stationaryWavelet.js";

export interface EmpiricalWienerOptions {
  /** What is taken for the standard deviation of the noise, in units of `sigma`, > 0: more removes more. Default 1. */
  readonly strength?: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
}

/** The coarsest level has details of some 32 pixels. */
const LEVELS = 5;

/** Coefficients of the first wavelet below so many standard deviations of the noise are dropped. */
const THRESHOLD = 3.5;

/**
 * Pages are mirrored so many pixels beyond their borders, since transforms are periodic: as far as Haar's wavelet reaches at the coarsest level. There sym4 reaches 112, so that its coarse coefficients near a border see the opposite one, too; they
 * see it in the first estimate as well, and are kept. On pages of 64 pixels one side of which is 60 times the noise brighter, margins of 64 to 224 pixels leave the same error at the rims, to a thousandth of the noise.
 */
const MARGIN = 32;

/**
 * The empirical wavelet Wiener filter (Ghael, Sayeed and Baraniuk 1997): coefficients of one wavelet are kept or dropped by a threshold, which gives a first estimate of the page; its coefficients c of another wavelet tell the weights `c^2 / (c^2 + sigma^2)` of
 * those of the noisy page. The first wavelet is Haar's, the second sym4, both without decimation over five levels, and the threshold is 3.5 sigma: the source names decimated transforms, which leave blocks. float64.
 */
export function empiricalWiener(page: Plane, options: EmpiricalWienerOptions = {}): Float64Plane {
  const { strength = 1, sigma = 1 } = options;
  if (!(strength > 0) || !(sigma > 0)) {
    throw new Error(`empiricalWiener: expected strength and sigma > 0, got ${strength} and ${sigma}`);
  }
  const { width, height } = page;
  const noisy = mirrored(page);
  const level = strength * sigma;
  const kept = waveletCoefficients(noisy, haar, LEVELS);
  for (const details of detailsOf(kept)) {
    for (let i = 0; i < details.length; i++) {
      if (!(Math.abs(details[i]!) > THRESHOLD * level)) details[i] = 0;
    }
  }
  const pilot = detailsOf(waveletCoefficients(waveletPage(kept, haar, noisy), symlet4, LEVELS));
  const weighted = waveletCoefficients(noisy, symlet4, LEVELS);
  for (const [at, details] of detailsOf(weighted).entries()) {
    const estimate = pilot[at]!;
    for (let i = 0; i < details.length; i++) {
      const power = estimate[i]! ** 2;
      details[i] = (details[i]! * power) / (power + level * level);
    }
  }
  const { data } = cutPlane(waveletPage(weighted, symlet4, noisy), { x: MARGIN, y: MARGIN, width, height });
  return { width, height, data: Float64Array.from(data) };
}

const detailsOf = ({ levels }: WaveletCoefficients): Float64Array[] =>
  levels.flatMap(({ details }) => [...details]);

function mirrored({ width, height, data }: Plane): Float64Plane {
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
  const out = new Float64Array(wide * high);
  for (let y = 0; y < high; y++) {
    const row = symmetric(y - MARGIN, height) * width;
    for (let x = 0; x < wide; x++) out[y * wide + x] = data[row + symmetric(x - MARGIN, width)]!;
  }
  return { width: wide, height: high, data: out };
}
