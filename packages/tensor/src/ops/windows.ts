import { expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./creation.js";

/** Of what a window is a part. */
export interface WindowOptions {
  /** One period of a signal, whose first value would follow on the last, as Fourier transforms of frames want it (default); else symmetric, as NumPy's. */
  readonly periodic?: boolean;
}

/** c_0 - c_1 cos(2 pi k / N) + c_2 cos(4 pi k / N), with N = n or, of symmetric ones, n - 1. */
function cosineSum(op: string, n: number, options: WindowOptions, coefficients: readonly number[]): Tensor {
  expectOptions(op, options, ["periodic"]);
  if (!Number.isInteger(n) || n < 0) {
    throw new Error(`${op}: n must be a whole number of at least 0, got ${show(n)}`);
  }
  const { periodic = true } = options;
  const length = periodic ? n : n - 1;
  const at = (k: number): number =>
    coefficients.reduce(
      (sum, c, i) => sum + (i % 2 === 0 ? c : -c) * Math.cos((2 * Math.PI * i * k) / length),
      0,
    );
  return tensor(Float32Array.from({ length: n }, (_, k) => (n === 1 ? 1 : at(k))));
}

/** Hann's window (f32 [n]), (1 - cos(2 pi k / n)) / 2: PyTorch's `hann_window`. */
export const hannWindow = (n: number, options: WindowOptions = {}): Tensor =>
  cosineSum("hannWindow", n, options, [0.5, 0.5]);

/** Hamming's window (f32 [n]), 0.54 - 0.46 cos(2 pi k / n): PyTorch's `hamming_window`. */
export const hammingWindow = (n: number, options: WindowOptions = {}): Tensor =>
  cosineSum("hammingWindow", n, options, [0.54, 0.46]);

/** Blackman's window (f32 [n]), 0.42 - 0.5 cos(2 pi k / n) + 0.08 cos(4 pi k / n): PyTorch's `blackman_window`. */
export const blackmanWindow = (n: number, options: WindowOptions = {}): Tensor =>
  cosineSum("blackmanWindow", n, options, [0.42, 0.5, 0.08]);
