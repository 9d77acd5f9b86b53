import { show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./creation.js";

function expectSpacing(op: string, n: number, d: number): void {
  if (!Number.isInteger(n) || n < 1) {
    throw new Error(`${op}: n must be a whole number of at least 1, got ${show(n)}`);
  }
  if (!Number.isFinite(d) || d === 0) {
    throw new Error(`${op}: d must be a finite number other than 0, got ${show(d)}`);
  }
}

/** The frequencies (f32 [n]) of what `fft` returns, in cycles per unit of the distance `d` between samples: 0, 1, ..., then the negative ones, over n d. */
export function fftfreq(n: number, d = 1): Tensor {
  expectSpacing("fftfreq", n, d);
  return tensor(Float32Array.from({ length: n }, (_, k) => (k < n / 2 ? k : k - n) / (n * d)));
}

/** The frequencies (f32 [n / 2 + 1]) of what `rfft` returns: 0, 1, ..., n / 2, over n d. */
export function rfftfreq(n: number, d = 1): Tensor {
  expectSpacing("rfftfreq", n, d);
  return tensor(Float32Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => k / (n * d)));
}
