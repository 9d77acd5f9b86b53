import { describe, expectDType, expectNumbers, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, div, maximum, minimum, mul, rem, sub } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { cast } from "./cast.js";
import { stack } from "./concat.js";
import { take } from "./indexing.js";
import { pad } from "./pad.js";
import { arange } from "./ranges.js";
import { expandDims, reshape } from "./reshape.js";
import { slice } from "./slice.js";

// One axis after the other. With size / extent = p / q in lowest terms, output p k + r reads at q k + f(r): each of the p phases r is
// a slice with step q. Where p is large, elements are gathered instead.

/** Phases up to this many are cut out and interleaved: their gradient is cheap, that of gathering takes extent * size steps. */
const maxPhases = 16;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Elements start, start + step, ... of one axis, `count` of them. */
function every(x: Tensor, axis: number, start: number, step: number, count: number): Tensor {
  const none = x.shape.map(() => 0);
  return slice(
    x,
    none.with(axis, start),
    x.shape.with(axis, start + (count - 1) * step + 1),
    x.shape.map(() => 1).with(axis, step),
  );
}

/** [..., count, phases, ...] as one axis. */
const interleave = (phases: readonly Tensor[], axis: number): Tensor =>
  reshape(stack(phases, axis + 1), phases[0]!.shape.with(axis, phases[0]!.shape[axis]! * phases.length));

function nearestAlong(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const count = greatestCommonDivisor(size, extent);
  const [p, q] = [size / count, extent / count];
  if (q === 1) {
    const separated = expandDims(x, axis + 1);
    return reshape(broadcastTo(separated, separated.shape.with(axis + 1, p)), x.shape.with(axis, size));
  }
  if (p > maxPhases) return take(x, div(mul(arange(size), extent), size), axis);
  const phases = Array.from({ length: p }, (_, r) => every(x, axis, Math.floor((r * q) / p), q, count));
  return interleave(phases, axis);
}

function bilinearAlong(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const count = greatestCommonDivisor(size, extent);
  const [p, q] = [size / count, extent / count];
  if (p > maxPhases) return lerpGathered(x, axis, size);
  const border = x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0]));
  const padded = pad(x, border, "edge");
  const phases = Array.from({ length: p }, (_, r) => {
    // The source of output r; that of r + p k lies q k further.
    const source = ((r + 0.5) * q) / p - 0.5;
    const low = Math.floor(source);
    const weight = source - low;
    const first = every(padded, axis, low + 1, q, count);
    if (weight === 0) return first;
    return add(mul(first, 1 - weight), mul(every(padded, axis, low + 2, q, count), weight));
  });
  return interleave(phases, axis);
}

/** Output i reads at s / (2 size) with s = max((2 i + 1) extent - size, 0), in whole numbers. */
function lerpGathered(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  const source = maximum(sub(mul(add(mul(arange(size), 2), 1), extent), size), 0);
  const low = div(source, 2 * size);
  const along = x.shape.map((_, i) => (i === axis ? size : 1));
  const weight = reshape(cast(mul(cast(rem(source, 2 * size), "f32"), 1 / (2 * size)), x.dtype), along);
  const high = minimum(add(low, 1), extent - 1);
  return add(mul(take(x, low, axis), sub(1, weight)), mul(take(x, high, axis), weight));
}

function resize(
  op: string,
  x: Tensor,
  size: readonly [number, number],
  along: (x: Tensor, axis: number, size: number) => Tensor,
): Tensor {
  expectTensor(op, "x", x);
  expectNumbers(op, "size", size, "write [height, width]");
  if (x.shape.length !== 4) throw new Error(`${op}: expected x of shape [N,H,W,C], got ${describe(x)}`);
  if (size.length !== 2 || size.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new Error(`${op}: size must be [height, width] in whole numbers of at least 1, got [${size}]`);
  }
  if (x.shape[1] === 0 || x.shape[2] === 0) {
    throw new Error(
      `${op}: there is nothing to interpolate in x ${describe(x)}; images have at least one pixel`,
    );
  }
  // The axis that shrinks most comes first, so that the other one has less to do.
  const [vertical, horizontal] = [size[0] / x.shape[1]!, size[1] / x.shape[2]!];
  return vertical <= horizontal
    ? along(along(x, 1, size[0]), 2, size[1])
    : along(along(x, 2, size[1]), 1, size[0]);
}

/**
 * Images x [N,H,W,C] at another `size` [height, width]: output row i is row floor(i * H / height), columns alike, as PyTorch's
 * interpolate does with mode "nearest".
 */
export const resizeNearest = (x: Tensor, size: readonly [number, number]): Tensor =>
  resize("resizeNearest", x, size, nearestAlong);

/**
 * Images x [N,H,W,C] at another `size` [height, width], interpolated linearly between pixel centres: output row i lies at
 * (i + 0.5) * H / height - 0.5, columns alike, and the edge repeats. PyTorch's interpolate with mode "bilinear", align_corners
 * false and no antialiasing.
 */
export function resizeBilinear(x: Tensor, size: readonly [number, number]): Tensor {
  expectDType("resizeBilinear", "x", x, "float");
  return resize("resizeBilinear", x, size, bilinearAlong);
}
