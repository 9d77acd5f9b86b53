import { describe, expectDType, expectOptions, expectTensor, show } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { div, mul, square } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { type Complex, toComplex } from "./complex.js";
import { ones } from "./creation.js";
import { irfft, rfft } from "./fft.js";
import { expectWhole, frame, frameIndices } from "./frame.js";
import { scatterAdd } from "./indexing.js";
import { swapAxes } from "./moveAxis.js";
import { pad } from "./pad.js";
import { narrow } from "./slice.js";
import { asNumbers } from "./transformAxes.js";

/** The frames of a short-time Fourier transform. */
export interface StftOptions {
  /** How far frames are apart. Default floor(n / 4). */
  readonly hop?: number;
  /** What frames are multiplied by, [m] with m <= n, in the middle of n. Default ones; the usual one is `hannWindow(n)`. */
  readonly window?: Tensor;
  /** Whether frame k is around the value k `hop`, for which the signal is mirrored by n / 2 values at both ends (default), or begins there. */
  readonly center?: boolean;
  /** Whether the transforms are divided by sqrt(n). Default false. */
  readonly normalized?: boolean;
}

interface Frames {
  readonly hop: number;
  /** [n] */
  readonly window: Tensor;
  readonly center: boolean;
  readonly norm: "ortho" | "backward";
}

function framesOf(op: string, n: number, options: StftOptions): Frames {
  expectWhole(op, "n", n);
  const {
    hop = Math.max(1, Math.floor(n / 4)),
    center = true,
    normalized = false,
    window = ones([n]),
  } = options;
  expectWhole(op, "hop", hop);
  expectDType(op, "window", window, "float");
  const [m = 0] = window.shape;
  if (window.shape.length !== 1 || m < 1 || m > n) {
    throw new Error(`${op}: window must be [m] with m from 1 to n, ${n}, got ${describe(window)}`);
  }
  const before = Math.floor((n - m) / 2);
  const whole = m === n ? window : pad(window, [[before, n - m - before]]);
  return { hop, window: whole, center, norm: normalized ? "ortho" : "backward" };
}

/**
 * The short-time Fourier transform of a real signal [..., length]: `rfft` of frames of n values, times a window; frequencies by frames, [..., floor(n / 2) + 1, frames], as PyTorch's `stft` (which SciPy's is times
 * a factor). Throws where the signal is shorter than a frame, or than what is mirrored.
 */
export function stft(x: Tensor, n: number, options: StftOptions = {}): Complex {
  expectTensor("stft", "x", x);
  expectOptions("stft", options, ["hop", "window", "center", "normalized"]);
  const { hop, window, center, norm } = framesOf("stft", n, options);
  const { real: signal } = toComplex("stft", "x", asNumbers(x));
  const side = center ? Math.floor(n / 2) : 0;
  const length = signal.shape.at(-1) ?? 0;
  if (length + 2 * side < n || (side > 0 && length <= side)) {
    throw new Error(
      `stft: x must have ${Math.max(n - 2 * side, side > 0 ? side + 1 : 1)} or more values along its last axis for frames of ${n}, got ${formatShape(x.shape)}`,
    );
  }
  const padded =
    side > 0
      ? pad(
          signal,
          signal.shape.map((_, axis) => (axis === signal.shape.length - 1 ? [side, side] : [0, 0])),
          "reflect",
        )
      : signal;
  const { real, imag } = rfft(mul(frame(padded, n, hop), window), { norm });
  return { real: swapAxes(real, -1, -2), imag: swapAxes(imag, -1, -2) };
}

/** As the transform was made, and how long the signal is. */
export interface IstftOptions extends StftOptions {
  /** Default: as far as whole frames reach. */
  readonly length?: number;
}

/**
 * The signal [..., length] of a short-time Fourier transform [..., floor(n / 2) + 1, frames]: frames of the inverse transform, times the window, added up and divided by the sum of the window's squares, which
 * is the signal with the smallest squared difference (Griffin and Lim, 1984): PyTorch's `istft`. The window must leave no value without weight, which gives NaN or infinity there.
 */
export function istft(z: Complex, n: number, options: IstftOptions = {}): Tensor {
  expectOptions("istft", options, ["hop", "window", "center", "normalized", "length"]);
  const { real, imag } = toComplex("istft", "z", z);
  const { hop, window, center, norm } = framesOf("istft", n, options);
  const frequencies = Math.floor(n / 2) + 1;
  if (real.shape.length < 2 || real.shape.at(-2) !== frequencies) {
    throw new Error(
      `istft: z must be [..., ${frequencies}, frames] for frames of ${n}, got ${describe(real)}`,
    );
  }
  const count = real.shape.at(-1)!;
  if (count === 0) throw new Error(`istft: z must have a frame, got ${describe(real)}`);
  const frames = mul(
    irfft({ real: swapAxes(real, -1, -2), imag: swapAxes(imag, -1, -2) }, { n, norm }),
    window,
  );
  const reach = (count - 1) * hop + n;
  const indices = frameIndices(count, n, hop);
  const side = center ? Math.floor(n / 2) : 0;
  const { length = reach - 2 * side } = options;
  if (!Number.isInteger(length) || length < 0) {
    throw new Error(`istft: length must be a whole number of at least 0, got ${show(length)}`);
  }
  const there = Math.min(length, reach - side);
  // Before the division: windows may be 0 at what is cut off.
  const added = (values: Tensor): Tensor => narrow(scatterAdd(values, indices, -1, reach), -1, side, there);
  const cut = div(added(frames), added(broadcastTo(square(window), [count, n])));
  if (there === length) return cut;
  return pad(
    cut,
    cut.shape.map((_, axis) => (axis === cut.shape.length - 1 ? [0, length - there] : [0, 0])),
  );
}
