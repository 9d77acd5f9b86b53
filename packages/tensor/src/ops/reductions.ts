import { isFloat } from "../dtype.js";
import { describe, expectDType } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { mul, neg, square, sub } from "./arithmetic.js";
import { resolveAxes } from "./axes.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";
import { iota } from "./creation.js";
import { not } from "./logic.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** One axis, several, or all of them (undefined); negative ones count from the end. */
export type Axes = number | readonly number[] | undefined;

/** What becomes of the reduced axes. */
export interface ReductionOptions {
  /** Reduced axes stay with extent 1. Default false. */
  readonly keepDims?: boolean;
}

function reduce(
  primitive: "sum" | "max",
  x: Tensor,
  axes: Axes,
  { keepDims = false }: ReductionOptions,
  op: string = primitive,
): Tensor {
  expectDType(op, "x", x, "numeric");
  const named = resolveAxes(op, axes, x.shape);
  // An axis of extent 1 has nothing to reduce; it only disappears.
  const reduced = named.filter((axis) => x.shape[axis] !== 1);
  const result = reduced.length === 0 ? x : apply(primitive, [x], { axes: reduced });
  return keepDims
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !named.includes(axis)),
      );
}

/** Sum over `axes`. */
export const sum = (x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor =>
  reduce("sum", x, axes, options);

/** Largest element over `axes`. */
export const max = (x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor =>
  reduce("max", x, axes, options);

/** Turns the order of a dtype around without overflow: -x, and ~x for integers. */
const reverseOrder = (x: Tensor): Tensor => (isFloat(x.dtype) ? neg(x) : not(x));

/** Smallest element over `axes`. */
export function min(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("min", "x", x, "numeric");
  return reverseOrder(reduce("max", reverseOrder(x), axes, options, "min"));
}

const countOf = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((axis) => x.shape[axis]!));

/** Mean over `axes`. That of halves is computed in f32. */
export function mean(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("mean", "x", x, "float");
  // Neither the terms nor the sum need to be halves.
  if (x.dtype === "f16") return cast(mean(cast(x, "f32"), axes, options), "f16");
  // Scaling the terms, not the sum, costs no kernel of its own.
  return sum(mul(x, 1 / countOf(x, resolveAxes("mean", axes, x.shape))), axes, options);
}

/**
 * Mean squared distance from the mean over `axes`, in two passes; divides by n - `correction` (1 for the unbiased estimate). That of
 * halves is computed in f32.
 */
export function variance(
  x: Tensor,
  axes?: Axes,
  { correction = 0, keepDims = false }: ReductionOptions & { readonly correction?: number } = {},
): Tensor {
  expectDType("variance", "x", x, "float");
  const divisor = countOf(x, resolveAxes("variance", axes, x.shape)) - correction;
  if (divisor <= 0) {
    throw new Error(
      `variance: correction ${correction} leaves nothing to divide by for x ${describe(x)}; use a smaller one or more axes`,
    );
  }
  if (x.dtype === "f16") return cast(variance(cast(x, "f32"), axes, { correction, keepDims }), "f16");
  const deviation = sub(x, mean(x, axes, { keepDims: true }));
  return sum(mul(square(deviation), 1 / divisor), axes, { keepDims });
}

function firstEqual(
  op: string,
  x: Tensor,
  extreme: typeof max,
  axis: number,
  options: ReductionOptions,
): Tensor {
  expectDType(op, "x", x, "numeric");
  const [resolved] = resolveAxes(op, axis, x.shape);
  const positions = iota(x.shape, resolved!);
  const hits = eq(x, extreme(x, resolved!, { keepDims: true }));
  return min(where(hits, positions, x.shape[resolved!]! - 1), resolved!, options);
}

/** Position (i32) of the largest element along `axis`; the first of equals. */
export const argmax = (x: Tensor, axis: number, options: ReductionOptions = {}): Tensor =>
  firstEqual("argmax", x, max, axis, options);

/** Position (i32) of the smallest element along `axis`; the first of equals. */
export const argmin = (x: Tensor, axis: number, options: ReductionOptions = {}): Tensor =>
  firstEqual("argmin", x, min, axis, options);
