import { isFloat } from "../dtype.js";
import { describe, expectDType, expectOptions, normalizeAxis } from "../primitives/expect.js";
import { expectElements } from "../primitives/reduce.js";
import { sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { mul, neg, sqrt, square, sub } from "./arithmetic.js";
import { isScalarAxis, resolveAxes } from "./axes.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { eq } from "./comparison.js";
import { full, iota } from "./creation.js";
import { not, or } from "./logic.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** One axis, several, or all of them (undefined); negative ones count from the end. */
export type Axes = number | readonly number[] | undefined;

/** What becomes of the reduced axes. */
export interface ReductionOptions {
  /** Reduced axes stay with extent 1. Default false. */
  readonly keepDims?: boolean;
}

const expectReductionOptions = (op: string, options: ReductionOptions): void =>
  expectOptions(op, options, ["keepDims"]);

function reduce(
  primitive: "sum" | "max" | "prod",
  x: Tensor,
  axes: Axes,
  options: ReductionOptions,
  op: string = primitive,
): Tensor {
  expectDType(op, "x", x, "numeric");
  expectReductionOptions(op, options);
  const { keepDims = false } = options;
  const named = resolveAxes(op, axes, x.shape);
  if (primitive === "max") expectElements(op, named, x);
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

/** Bools are counted as i32. */
const counted = (x: Tensor): Tensor => (x.dtype === "bool" ? cast(x, "i32") : x);

/** Sum over `axes`; of bools the number of true ones, i32. */
export function sum(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("sum", "x", x, "any");
  return reduce("sum", counted(x), axes, options);
}

/** The reduction of an empty tensor: `value` in every element of the result, if there are any. */
function ofNothing(op: string, x: Tensor, axes: Axes, options: ReductionOptions, value: number): Tensor {
  expectReductionOptions(op, options);
  const named = resolveAxes(op, axes, x.shape);
  const kept = x.shape.map((extent, axis) => (named.includes(axis) ? 1 : extent));
  const shape = options.keepDims ? kept : kept.filter((_, axis) => !named.includes(axis));
  return full(shape, value, x.dtype);
}

/** Largest element over `axes`, NaN where there is one among them; throws where an axis has extent 0. */
export function max(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("max", "x", x, "any");
  const largest = reduce("max", counted(x), axes, options);
  return x.dtype === "bool" ? cast(largest, "bool") : largest;
}

/** Turns the order of a dtype around without overflow: -x, and not x for integers and bools. */
const reverseOrder = (x: Tensor): Tensor => (isFloat(x.dtype) ? neg(x) : not(x));

/** Smallest element over `axes`, NaN where there is one among them; throws where an axis has extent 0. */
export function min(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("min", "x", x, "any");
  expectReductionOptions("min", options);
  const reversed = reverseOrder(x);
  const largest = reduce("max", counted(reversed), axes, options, "min");
  return reverseOrder(x.dtype === "bool" ? cast(largest, "bool") : largest);
}

/** How many elements over `axes` are not 0 (i32): NumPy's, PyTorch's and JAX's `count_nonzero`. A NaN is not 0. */
export function countNonzero(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("countNonzero", "x", x, "any");
  return reduce("sum", cast(cast(x, "bool"), "i32"), axes, options, "countNonzero");
}

/** Whether any element over `axes` is true; none of nothing is. Numbers are true unless they are 0. */
export function any(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("any", "x", x, "any");
  const truth = cast(x, "bool");
  if (sizeOf(x.shape) === 0) return ofNothing("any", truth, axes, options, 0);
  return cast(reduce("max", cast(truth, "i32"), axes, options, "any"), "bool");
}

/** Whether all elements over `axes` are true; all of nothing are. Numbers are true unless they are 0. */
export function all(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("all", "x", x, "any");
  const truth = cast(x, "bool");
  if (sizeOf(x.shape) === 0) return ofNothing("all", truth, axes, options, 1);
  return not(cast(reduce("max", cast(not(truth), "i32"), axes, options, "all"), "bool"));
}

/**
 * Product over `axes`, 1 of no factors; right and differentiable where factors are 0, too. That of halves is computed in f32, that of bools is i32.
 */
export function prod(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("prod", "x", x, "any");
  if (x.dtype === "f16") return cast(prod(cast(x, "f32"), axes, options), "f16");
  return reduce("prod", counted(x), axes, options);
}

const countOf = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((axis) => x.shape[axis]!));

/** Mean over `axes`, NaN of no elements. That of halves is computed in f32. */
export function mean(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("mean", "x", x, "float");
  expectReductionOptions("mean", options);
  if (sizeOf(x.shape) === 0) return ofNothing("mean", x, axes, options, Number.NaN);
  // Neither the terms nor the sum need to be halves.
  if (x.dtype === "f16") return cast(mean(cast(x, "f32"), axes, options), "f16");
  // Scaling the terms, not the sum, costs no kernel of its own.
  return sum(mul(x, 1 / countOf(x, resolveAxes("mean", axes, x.shape))), axes, options);
}

/** How `variance` and `std` count. */
export interface VarianceOptions extends ReductionOptions {
  /** What is taken from the number of elements before it divides: 1 for the unbiased estimate. Default 0. */
  readonly correction?: number;
}

function squaredDeviation(op: string, x: Tensor, axes: Axes, options: VarianceOptions): Tensor {
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["keepDims", "correction"]);
  const { correction = 0, keepDims = false } = options;
  if (sizeOf(x.shape) === 0) return ofNothing(op, x, axes, { keepDims }, Number.NaN);
  const divisor = countOf(x, resolveAxes(op, axes, x.shape)) - correction;
  if (divisor <= 0) {
    throw new Error(
      `${op}: correction ${correction} leaves nothing to divide by for x ${describe(x)}; use a smaller one or more axes`,
    );
  }
  if (x.dtype === "f16") {
    return cast(squaredDeviation(op, cast(x, "f32"), axes, { correction, keepDims }), "f16");
  }
  const deviation = sub(x, mean(x, axes, { keepDims: true }));
  return sum(mul(square(deviation), 1 / divisor), axes, { keepDims });
}

/**
 * Mean squared distance from the mean over `axes`, in two passes; divides by n - `correction` (1 for the unbiased estimate). Of equal elements 0 but for what the mean is rounded to, NaN of no
 * elements. That of halves is computed in f32.
 */
export const variance = (x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor =>
  squaredDeviation("variance", x, axes, options);

/** The standard deviation, the root of `variance` with the same options; its gradient is 0 where it is 0, as in PyTorch. */
export function std(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  const squared = squaredDeviation("std", x, axes, options);
  const isZero = eq(squared, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, squared)));
}

function firstEqual(
  op: string,
  x: Tensor,
  extreme: typeof max,
  axis: number | undefined,
  options: ReductionOptions,
): Tensor {
  expectDType(op, "x", x, "any");
  expectReductionOptions(op, options);
  if (axis === undefined || isScalarAxis(x, axis)) {
    const flat = firstEqual(op, reshape(x, [sizeOf(x.shape)]), extreme, 0, {});
    return options.keepDims
      ? reshape(
          flat,
          x.shape.map(() => 1),
        )
      : flat;
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  expectElements(op, [resolved], x);
  const positions = iota(x.shape, resolved);
  // The largest of elements with a NaN among them is a NaN, which is equal to nothing.
  const equal = eq(x, extreme(x, resolved, { keepDims: true }));
  const hits = isFloat(x.dtype) ? or(equal, isnan(x)) : equal;
  return min(where(hits, positions, x.shape[resolved]! - 1), resolved, options);
}

/** Position (i32) of the largest element along `axis`, or in row-major order without one; the first of equals. A NaN counts as the largest. */
export const argmax = (x: Tensor, axis?: number, options: ReductionOptions = {}): Tensor =>
  firstEqual("argmax", x, max, axis, options);

/** Position (i32) of the smallest element along `axis`, or in row-major order without one; the first of equals. A NaN counts as the smallest. */
export const argmin = (x: Tensor, axis?: number, options: ReductionOptions = {}): Tensor =>
  firstEqual("argmin", x, min, axis, options);
