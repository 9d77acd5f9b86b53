import type { RandomStream } from "../image/counterRandom.js";
import type { Float64Plane, Plane } from "../image/image.js";
import type { NoiseCorrelation } from "./noiseCorrelation.js";

/** The side of the torus on which the kernel is computed, and how far the kernel reaches, pixels. */
const [TORUS, RADIUS] = [24, 8];

/**
 * Normal noise of standard deviation 1 that pixels share as a correlation says: white noise times a kernel whose spectrum is the square root of that of the near part, plus one number for each row and each column. What of an estimated correlation is no
 * correlation, as its spectrum is negative, is left out.
 */
export function correlatedNoise(
  { width, height }: Pick<Plane, "width" | "height">,
  correlation: NoiseCorrelation,
  { normal }: RandomStream,
): Float64Plane {
  const kernel = kernelOf(correlation);
  const side = 2 * RADIUS + 1;
  const [wide, high] = [width + 2 * RADIUS, height + 2 * RADIUS];
  const white = Float64Array.from({ length: wide * high }, normal);
  const data = new Float64Array(width * height);
  for (let k = 0; k < kernel.length; k++) {
    const weight = kernel[k]!;
    if (Math.abs(weight) < 1e-4) continue;
    const shift = Math.floor(k / side) * wide + (k % side);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) data[y * width + x]! += weight * white[y * wide + x + shift]!;
    }
  }
  const [ofRows, ofColumns] = [Math.sqrt(correlation.rows), Math.sqrt(correlation.columns)];
  const rows = Float64Array.from({ length: height }, () => ofRows * normal());
  const columns = Float64Array.from({ length: width }, () => ofColumns * normal());
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x]! += rows[y]! + columns[x]!;
  }
  return { width, height, data };
}

/** [2 RADIUS + 1, 2 RADIUS + 1]: what white noise of standard deviation 1 becomes the near part by. */
function kernelOf({ near, reach, rows, columns }: NoiseCorrelation): Float64Array {
  const frequencies = Array.from({ length: TORUS }, (_, i) => i);
  const spectrum = cosineTransform(near, placesWithin(reach), frequencies);
  const amplitudes = spectrum.map((power) => Math.sqrt(Math.max(0, power)));
  const kernel = cosineTransform(amplitudes, frequencies, placesWithin(RADIUS));
  const power = kernel.reduce((sum, weight) => sum + weight * weight, 0);
  const scale = Math.sqrt(Math.max(0, 1 - rows - columns) / power);
  return kernel.map((weight) => scale * weight);
}

const placesWithin = (reach: number): number[] => Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);

/**
 * `out_qp = sum_vu cos(2 pi v q / TORUS) cos(2 pi u p / TORUS) values_vu`, without a factor, of values at `from` by `from` for `to` by `to`: the Fourier transform on the torus of what is even along each axis, or back. One axis after the other.
 */
function cosineTransform(values: Float64Array, from: readonly number[], to: readonly number[]): Float64Array {
  const length = from.length;
  const cosines = to.map((q) => from.map((v) => Math.cos((2 * Math.PI * v * q) / TORUS)));
  /** Along the rows, and transposed, so that the second time it is the columns. */
  const along = (input: Float64Array): Float64Array => {
    const lines = input.length / length;
    const out = new Float64Array(to.length * lines);
    for (let q = 0; q < to.length; q++) {
      const weights = cosines[q]!;
      for (let line = 0; line < lines; line++) {
        let sum = 0;
        for (let v = 0; v < length; v++) sum += weights[v]! * input[line * length + v]!;
        out[q * lines + line] = sum;
      }
    }
    return out;
  };
  return along(along(values));
}
