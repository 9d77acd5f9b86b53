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

/** Pages are mirrored so many pixels beyond their borders, since transforms are periodic. */
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
  const dropped = mapDetails(waveletCoefficients(noisy, haar, LEVELS), (value) =>
    Math.abs(value) > THRESHOLD * level ? value : 0,
  );
  const pilot = waveletCoefficients(waveletPage(dropped, haar, noisy), symlet4, LEVELS);
  const weighted = mapDetails(waveletCoefficients(noisy, symlet4, LEVELS), (value, at, detail, i) => {
    const power = pilot.levels[at]!.details[detail]![i]! ** 2;
    return (value * power) / (power + level * level);
  });
  const { data } = cutPlane(waveletPage(weighted, symlet4, noisy), { x: MARGIN, y: MARGIN, width, height });
  return { width, height, data: Float64Array.from(data) };
}

function mapDetails(
  { levels, approximation }: WaveletCoefficients,
  map: (value: number, level: number, detail: number, i: number) => number,
): WaveletCoefficients {
  return {
    approximation,
    levels: levels.map(({ details: [rows, columns, both] }, level) => {
      const mapped = (values: Float64Array, detail: number): Float64Array =>
        values.map((value, i) => map(value, level, detail, i));
      return { details: [mapped(rows, 0), mapped(columns, 1), mapped(both, 2)] };
    }),
  };
}

function mirrored({ width, height, data }: Plane): Float64Plane {
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
  const out = new Float64Array(wide * high);
  for (let y = 0; y < high; y++) {
    const row = symmetric(y - MARGIN, height) * width;
    for (let x = 0; x < wide; x++) out[y * wide + x] = data[row + symmetric(x - MARGIN, width)]!;
  }
  return { width: wide, height: high, data: out };
}
