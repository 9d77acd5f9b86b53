import { fromFunction } from "../image/fromFunction.js";
import type { Plane } from "../image/image.js";
import { anscombe, inverseAnscombe, LEAST_TRANSFORMED } from "./anscombe.js";
import { estimateNoise } from "./estimateNoise.js";
import type { NoiseModel } from "./noiseModel.js";

/** A page in units of its own noise: `anscombe` less `centre`. There its noise has standard deviation 1 and the page the mean 0, whatever camera and exposure it is of. */
export interface NoiseUnits {
  readonly noise: NoiseModel;
  /** The mean of the transformed page, but for missing pixels. */
  readonly centre: number;
}

/** The units of a page, or of the part of one that stands for it, with its noise where that is known; undefined of a page without noise, which has none. */
export function noiseUnitsOf(page: Plane, noise: NoiseModel = estimateNoise(page)): NoiseUnits | undefined {
  if (noise.gain === 0 && noise.offset === 0) return undefined;
  const present = anscombe(page, noise).data.filter(Number.isFinite);
  return { noise, centre: present.reduce((sum, value) => sum + value, 0) / present.length };
}

/** Grey values in units of the noise. */
export function toNoiseUnits(data: ArrayLike<number>, { noise, centre }: NoiseUnits): Float32Array {
  const stable = anscombe(rowOf(data), noise).data;
  return fromFunction(new Float32Array(data.length), (i) => stable[i]! - centre);
}

/** Grey values whose expectation in units of the noise is given: `inverseAnscombe`, which is unbiased. */
export function fromNoiseUnits(data: ArrayLike<number>, { noise, centre }: NoiseUnits): Float32Array {
  const stable = fromFunction(new Float64Array(data.length), (i) => data[i]! + centre);
  return new Float32Array(inverseAnscombe(rowOf(stable), noise).data);
}

/** Newton's steps, after which expectations are exact to float32. */
const STEPS = 6;

/** The expectation in units of the noise of pixels whose expected grey value is given: what `fromNoiseUnits` takes to these, or as near as it comes in the dark. */
export function expectedInNoiseUnits(data: ArrayLike<number>, units: NoiseUnits): Float32Array {
  const { noise, centre } = units;
  const { data: start } = anscombe(rowOf(data), noise);
  if (noise.gain === 0) return toNoiseUnits(data, units);
  let found = start;
  for (let step = 0; step < STEPS; step++) {
    const { data: now } = inverseAnscombe(rowOf(found), noise);
    // The derivative of gain D^2 / 4 is nearly that of the inverse.
    found = found.map((value, i) => {
      const d = Math.max(LEAST_TRANSFORMED, value);
      return Math.max(LEAST_TRANSFORMED, d + (2 * (data[i]! - now[i]!)) / (noise.gain * d));
    });
  }
  return fromFunction(new Float32Array(found.length), (i) => found[i]! - centre);
}

const rowOf = (data: ArrayLike<number>): Plane => ({ width: data.length, height: 1, data });
