import { describe } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { stack } from "./concat.js";
import { tensor } from "./creation.js";
import { take } from "./indexing.js";
import { pad } from "./pad.js";
import { every } from "./pooling.js";
import { sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { where } from "./where.js";

// One axis at another size. With size / extent = p / q in lowest terms, output p k + r reads at q k + f(r): each of the p phases r is a slice
// with step q. Where p is large, elements are gathered instead.

/** An axis at another size. */
export type Along = (x: Tensor, axis: number, size: number) => Tensor;

/** The spatial axes of x, from 1 on, at other sizes. */
export function resizeAxes(op: string, x: Tensor, size: readonly number[], along: Along): Tensor {
  if (x.shape.slice(1, -1).includes(0)) {
    throw new Error(
      `${op}: there is nothing to interpolate in x ${describe(x)}; images have at least one pixel`,
    );
  }
  // The axis that shrinks most comes first, so that the others have less to do.
  const order = [...size.keys()].sort((a, b) => size[a]! / x.shape[a + 1]! - size[b]! / x.shape[b + 1]!);
  return order.reduce((resized, axis) => along(resized, axis + 1, size[axis]!), x);
}

/** Phases up to this many are cut out and interleaved: their gradient is cheap, that of gathering takes extent * size steps. */
const maxPhases = 16;

/** Neighbours along an axis, from `first` on, and what share each has. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The neighbours that are read between pixels, at a fractional position. */
export type Kernel = (source: number) => Taps;

/** Linear interpolation: the two neighbours of a position, or the one that it is at. */
export const linearKernel: Kernel = (source) => {
  const first = Math.floor(source);
  const weight = source - first;
  return { first, weights: weight === 0 ? [1] : [1 - weight, weight] };
};

/** Keys' piecewise cubic with slope `a` at distance 1. */
export function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Cubic interpolation of four neighbours, with the slope that PyTorch and OpenCV take. */
export const cubicSlope = -0.75;
export const cubicKernel: Kernel = (source) => {
  const low = Math.floor(source);
  return {
    first: low - 1,
    weights: [-1, 0, 1, 2].map((offset) => cubic(source - low - offset, cubicSlope)),
  };
};

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The extents in lowest terms, and their common divisor. */
interface Phases {
  readonly p: number;
  readonly q: number;
  readonly count: number;
}

function phasesOf(extent: number, size: number): Phases {
  const count = greatestCommonDivisor(size, extent);
  return { p: size / count, q: extent / count, count };
}

/** [..., count, phases, ...] as one axis. */
const interleave = (phases: readonly Tensor[], axis: number): Tensor =>
  reshape(stack(phases, axis + 1), phases[0]!.shape.with(axis, phases[0]!.shape[axis]! * phases.length));

/** Output i is element floor(i extent / size). */
export function nearestAlong(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const { p, q, count } = phasesOf(extent, size);
  if (q === 1) {
    const separated = expandDims(x, axis + 1);
    return reshape(broadcastTo(separated, separated.shape.with(axis + 1, p)), x.shape.with(axis, size));
  }
  const source = (i: number): number => Math.floor((i * extent) / size);
  return p > maxPhases ? takeFrom(x, axis, size, source) : cutOut(x, axis, { p, q, count }, source);
}

/** Output i is element floor((i + 1/2) extent / size). */
export function nearestExactAlong(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const { p, q, count } = phasesOf(extent, size);
  if (q === 1) return nearestAlong(x, axis, size);
  const source = (i: number): number => Math.floor(((2 * i + 1) * extent) / (2 * size));
  return p > maxPhases ? takeFrom(x, axis, size, source) : cutOut(x, axis, { p, q, count }, source);
}

/** Output i is element `source(i)`: computed here, as products of extents may be beyond i32. */
const takeFrom = (x: Tensor, axis: number, size: number, source: (i: number) => number): Tensor =>
  take(x, tensor(Int32Array.from({ length: size }, (_, i) => source(i))), axis);

/** The same where outputs p k + r are elements q k + source(r). */
const cutOut = (x: Tensor, axis: number, { p, q, count }: Phases, source: (i: number) => number): Tensor =>
  interleave(
    Array.from({ length: p }, (_, r) => every(x, axis, source(r), q, count)),
    axis,
  );

/** Output i lies at (i + 1/2) extent / size - 1/2 between elements, and the edge repeats; undefined where phases are too many. */
function phasedAlong(
  x: Tensor,
  axis: number,
  size: number,
  kernel: Kernel,
  reach: number,
): Tensor | undefined {
  const { p, q, count } = phasesOf(x.shape[axis]!, size);
  if (p > maxPhases) return undefined;
  const border = x.shape.map((_, i): [number, number] => (i === axis ? [reach, reach] : [0, 0]));
  const padded = pad(x, border, "edge");
  const phases = Array.from({ length: p }, (_, r) => {
    // The source of output r; that of r + p k lies q k further.
    const { first, weights } = kernel(((r + 0.5) * q) / p - 0.5);
    const terms = weights.map((weight, tap) => {
      const neighbours = every(padded, axis, first + tap + reach, q, count);
      return weight === 1 ? neighbours : mul(neighbours, weight);
    });
    return terms.reduce(add);
  });
  return interleave(phases, axis);
}

/** Linear interpolation between pixel centres. */
export function linearAlong(x: Tensor, axis: number, size: number): Tensor {
  if (size === x.shape[axis]) return x;
  return phasedAlong(x, axis, size, linearKernel, 1) ?? lerpGathered(x, axis, size);
}

/** Cubic interpolation between pixel centres. */
export function cubicAlong(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const centre = (i: number): number => ((i + 0.5) * extent) / size - 0.5;
  return phasedAlong(x, axis, size, cubicKernel, 2) ?? gatherTaps(x, axis, tapsAt(size, centre, cubicKernel));
}

/** Output i reads at s / (2 size) with s = max((2 i + 1) extent - size, 0), in whole numbers, which may be beyond i32. */
function lerpGathered(x: Tensor, axis: number, size: number): Tensor {
  const extent = x.shape[axis]!;
  const sources = Array.from({ length: size }, (_, i) => Math.max((2 * i + 1) * extent - size, 0));
  const lows = sources.map((source) => Math.floor(source / (2 * size)));
  const at = (places: readonly number[]): Tensor => take(x, tensor(Int32Array.from(places)), axis);
  const weight = tensor(
    sources.map((source) => (source % (2 * size)) / (2 * size)),
    { shape: x.shape.map((_, i) => (i === axis ? size : 1)), dtype: x.dtype },
  );
  const highs = lows.map((low) => Math.min(low + 1, extent - 1));
  return add(mul(at(lows), sub(1, weight)), mul(at(highs), weight));
}

const tapsAt = (size: number, sourceOf: (i: number) => number, kernel: Kernel): Taps[] =>
  Array.from({ length: size }, (_, i) => kernel(sourceOf(i)));

/** Output i lies at i (extent - 1) / (size - 1), so that both ends stay where they are. */
export function alignedAlong(x: Tensor, axis: number, size: number, kernel: Kernel): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const source = (i: number): number => (size === 1 ? 0 : (i * (extent - 1)) / (size - 1));
  return gatherTaps(x, axis, tapsAt(size, source, kernel));
}

/**
 * Output i is the mean of the elements under `filter`, which reaches `support` elements to both sides and is widened where the axis shrinks; its
 * weights add up to 1, at the ends too. Pillow's resize, and PyTorch's with antialias.
 */
export function filteredAlong(
  x: Tensor,
  axis: number,
  size: number,
  filter: (distance: number) => number,
  support: number,
): Tensor {
  const extent = x.shape[axis]!;
  if (size === extent) return x;
  const scale = extent / size;
  const width = Math.max(scale, 1);
  const taps = Array.from({ length: size }, (_, i): Taps => {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - support * width + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support * width + 0.5), extent);
    const weights = Array.from({ length: end - first }, (_, k) => filter((first + k - centre + 0.5) / width));
    const total = weights.reduce((all, weight) => all + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
  return gatherTaps(x, axis, taps);
}

/** Sums of neighbours along an axis, those beyond an end being the element there; the gradient takes extent * size steps per tap. */
function gatherTaps(x: Tensor, axis: number, taps: readonly Taps[]): Tensor {
  const last = x.shape[axis]! - 1;
  const length = taps.reduce((most, { weights }) => Math.max(most, weights.length), 0);
  const positions = Array.from({ length }, (_, k) => k);
  const places = Int32Array.from({ length: taps.length * length }, (_, i) =>
    Math.min(Math.max(taps[Math.floor(i / length)]!.first + (i % length), 0), last),
  );
  const weights = taps.flatMap(({ weights }) => positions.map((k) => weights[k] ?? 0));
  const along = x.shape
    .toSpliced(axis, 1, 1, 1)
    .map((_, i) => (i === axis ? taps.length : i === axis + 1 ? length : 1));
  const shares = tensor(weights, { shape: along, dtype: x.dtype });
  const taken = take(x, tensor(places, { shape: [taps.length, length] }), axis);
  if (taps.every(({ weights }) => weights.length === length)) return sum(mul(taken, shares), axis + 1);
  // What a shorter window does not reach may be NaN or infinite, which 0 times is not 0.
  const reached = tensor(
    taps.flatMap(({ weights }) => positions.map((k) => k < weights.length)),
    { shape: along, dtype: "bool" },
  );
  return sum(mul(where(reached, taken, 0), shares), axis + 1);
}
