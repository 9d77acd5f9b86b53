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
  // Both are even along each axis, so that cosines are all there is.
  const cosine = Float64Array.from({ length: TORUS }, (_, i) => Math.cos((2 * Math.PI * i) / TORUS));
  const at = (frequency: number, place: number): number => cosine[Math.abs(frequency * place) % TORUS]!;
  const span = 2 * reach + 1;
  const amplitudes = Float64Array.from({ length: TORUS * TORUS }, (_, i) => {
    const [v, u] = [Math.floor(i / TORUS), i % TORUS];
    let power = 0;
    for (let k = 0; k < near.length; k++) {
      power += near[k]! * at(v, Math.floor(k / span) - reach) * at(u, (k % span) - reach);
    }
    return Math.sqrt(Math.max(0, power));
  });
  const side = 2 * RADIUS + 1;
  const kernel = Float64Array.from({ length: side * side }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < amplitudes.length; i++) {
      sum +=
        amplitudes[i]! *
        at(Math.floor(i / TORUS), Math.floor(k / side) - RADIUS) *
        at(i % TORUS, (k % side) - RADIUS);
    }
    return sum / (TORUS * TORUS);
  });
  const power = kernel.reduce((sum, weight) => sum + weight * weight, 0);
  const scale = Math.sqrt(Math.max(0, 1 - rows - columns) / power);
  return kernel.map((weight) => scale * weight);
}
