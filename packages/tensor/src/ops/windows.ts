import { expectNumber, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./creation.js";
import { scaledBesselI0 } from "./scaledBesselI0.js";

/** Of what a window is a part. */
export interface WindowOptions {
  /** One period of a signal, whose first value would follow on the last, as Fourier transforms of frames want it (default); else symmetric, as NumPy's. */
  readonly periodic?: boolean;
}

/** `at` of k from 0 to n - 1, of N that the period has: n, or of symmetric windows and of single values n - 1. */
function sampled(
  op: string,
  n: number,
  { periodic = true }: WindowOptions,
  at: (k: number, period: number) => number,
): Tensor {
  if (!Number.isInteger(n) || n < 0) {
    throw new Error(`${op}: n must be a whole number of at least 0, got ${show(n)}`);
  }
  const period = periodic && n > 1 ? n : n - 1;
  return tensor(Float32Array.from({ length: n }, (_, k) => at(k, period)));
}

/** How much of the period is before k; half of it where there is one value. */
const shareOf = (k: number, period: number): number => (period === 0 ? 1 / 2 : k / period);

function expectAbove0(op: string, name: string, value: number): void {
  expectNumber(op, name, value);
  if (!(value > 0)) throw new Error(`${op}: ${name} must be above 0, got ${value}`);
}

/** c_0 - c_1 cos(2 pi k / N) + c_2 cos(4 pi k / N) - ... */
const cosineSum = (op: string, n: number, options: WindowOptions, coefficients: readonly number[]): Tensor =>
  sampled(op, n, options, (k, period) =>
    coefficients.reduce(
      (sum, c, i) => sum + (i % 2 === 0 ? c : -c) * Math.cos(2 * Math.PI * i * shareOf(k, period)),
      0,
    ),
  );

/** Hann's window (f32 [n]), (1 - cos(2 pi k / n)) / 2: PyTorch's `hann_window`. */
export function hannWindow(n: number, options: WindowOptions = {}): Tensor {
  expectOptions("hannWindow", options, ["periodic"]);
  return cosineSum("hannWindow", n, options, [0.5, 0.5]);
}

/** Hamming's window (f32 [n]), 0.54 - 0.46 cos(2 pi k / n): PyTorch's `hamming_window`. */
export function hammingWindow(n: number, options: WindowOptions = {}): Tensor {
  expectOptions("hammingWindow", options, ["periodic"]);
  return cosineSum("hammingWindow", n, options, [0.54, 0.46]);
}

/** Blackman's window (f32 [n]), 0.42 - 0.5 cos(2 pi k / n) + 0.08 cos(4 pi k / n): PyTorch's `blackman_window`. */
export function blackmanWindow(n: number, options: WindowOptions = {}): Tensor {
  expectOptions("blackmanWindow", options, ["periodic"]);
  return cosineSum("blackmanWindow", n, options, [0.42, 0.5, 0.08]);
}

/** Nuttall's window (f32 [n]) of four terms, whose sidelobes are the least (-98 dB): PyTorch's `signal.windows.nuttall`. */
export function nuttallWindow(n: number, options: WindowOptions = {}): Tensor {
  expectOptions("nuttallWindow", options, ["periodic"]);
  return cosineSum("nuttallWindow", n, options, [0.3635819, 0.4891775, 0.1365995, 0.0106411]);
}

/** What `generalHammingWindow` may be told. */
export interface GeneralHammingWindowOptions extends WindowOptions {
  /** Default 0.54, Hamming's; 0.5 is Hann's. */
  readonly alpha?: number;
}

/** alpha - (1 - alpha) cos(2 pi k / n), f32 [n]: PyTorch's `signal.windows.general_hamming`. */
export function generalHammingWindow(n: number, options: GeneralHammingWindowOptions = {}): Tensor {
  const op = "generalHammingWindow";
  expectOptions(op, options, ["periodic", "alpha"]);
  const { alpha = 0.54 } = options;
  expectNumber(op, "alpha", alpha);
  return cosineSum(op, n, options, [alpha, 1 - alpha]);
}

/** Bartlett's window (f32 [n]), the triangle 1 - |2 k / n - 1| with 0 at its end: PyTorch's `bartlett_window`. */
export function bartlettWindow(n: number, options: WindowOptions = {}): Tensor {
  const op = "bartlettWindow";
  expectOptions(op, options, ["periodic"]);
  return sampled(op, n, options, (k, period) => 1 - Math.abs(2 * shareOf(k, period) - 1));
}

/** Half a wave of a sine (f32 [n]), sin(pi (k + 1/2) / (n + 1)), or of symmetric ones / n: PyTorch's `signal.windows.cosine`. */
export function cosineWindow(n: number, options: WindowOptions = {}): Tensor {
  const op = "cosineWindow";
  expectOptions(op, options, ["periodic"]);
  return sampled(op, n, options, (k, period) => Math.sin((Math.PI * (k + 0.5)) / (period + 1)));
}

/** What `kaiserWindow` may be told. */
export interface KaiserWindowOptions extends WindowOptions {
  /** How narrow: 0 is a rectangle. Default 12. */
  readonly beta?: number;
}

/** Kaiser's window (f32 [n]), I0(beta sqrt(1 - r^2)) / I0(beta) with r = 2 k / n - 1: PyTorch's `kaiser_window`. */
export function kaiserWindow(n: number, options: KaiserWindowOptions = {}): Tensor {
  const op = "kaiserWindow";
  expectOptions(op, options, ["periodic", "beta"]);
  const { beta = 12 } = options;
  expectNumber(op, "beta", beta);
  if (!(beta >= 0 && beta < Number.POSITIVE_INFINITY)) {
    throw new Error(`${op}: beta must be finite and at least 0, got ${beta}`);
  }
  const whole = scaledBesselI0(beta);
  return sampled(op, n, options, (k, period) => {
    const r = 2 * shareOf(k, period) - 1;
    const root = Math.sqrt(1 - r * r);
    // exp(beta root - beta), which both Bessel functions are without.
    const growth = Math.exp((-beta * r * r) / (1 + root));
    return (growth * scaledBesselI0(beta * root)) / whole;
  });
}

/** What `gaussianWindow` may be told. */
export interface GaussianWindowOptions extends WindowOptions {
  /** The standard deviation, in values. Default 1. */
  readonly std?: number;
}

/** exp(-((k - n / 2) / std)^2 / 2), f32 [n], of symmetric ones about (n - 1) / 2: PyTorch's `signal.windows.gaussian`. */
export function gaussianWindow(n: number, options: GaussianWindowOptions = {}): Tensor {
  const op = "gaussianWindow";
  expectOptions(op, options, ["periodic", "std"]);
  const { std = 1 } = options;
  expectAbove0(op, "std", std);
  return sampled(op, n, options, (k, period) => Math.exp(-(((k - period / 2) / std) ** 2) / 2));
}

/** What `exponentialWindow` may be told. */
export interface ExponentialWindowOptions extends WindowOptions {
  /** In how many values it falls to 1/e. Default 1. */
  readonly tau?: number;
  /** Where it is 1, of periodic ones. Default n / 2; of symmetric ones it is (n - 1) / 2. */
  readonly center?: number;
}

/** exp(-|k - center| / tau), f32 [n]: PyTorch's `signal.windows.exponential`. */
export function exponentialWindow(n: number, options: ExponentialWindowOptions = {}): Tensor {
  const op = "exponentialWindow";
  expectOptions(op, options, ["periodic", "tau", "center"]);
  const { tau = 1, center, periodic = true } = options;
  expectAbove0(op, "tau", tau);
  if (center !== undefined) {
    expectNumber(op, "center", center);
    if (!periodic)
      throw new Error(`${op}: symmetric windows have their centre in the middle; leave center out`);
  }
  return sampled(op, n, options, (k, period) => Math.exp(-Math.abs(k - (center ?? period / 2)) / tau));
}
