import { expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, div, exp, log, sub } from "./arithmetic.js";
import { resolveAxes } from "./axes.js";
import { isfinite } from "./classification.js";
import { stopGradient } from "./control.js";
import { zeros } from "./creation.js";
import { type Axes, max, type ReductionOptions, sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { inSingle } from "./special/inSingle.js";
import { where } from "./where.js";

/** The largest elements over `axes`, as constants; 0 where there are none. */
const largest = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.some((axis) => x.shape[axis] === 0)
    ? zeros(
        x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
        x.dtype,
      )
    : stopGradient(max(x, axes, { keepDims: true }));

/** x minus its largest element; the shift cancels, so it carries no gradient. */
const shifted = (op: string, x: Tensor, axis: number): Tensor =>
  sub(x, largest(x, resolveAxes(op, axis, x.shape)));

/** exp(x) / sum(exp(x)) along `axis`. Of halves computed in f32, as the others here. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  inSingle("softmax", x, (y) => {
    const exponentials = exp(shifted("softmax", y, axis));
    return div(exponentials, sum(exponentials, axis, { keepDims: true }));
  });

/** log(softmax(x)) along `axis`, without the loss of digits. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  inSingle("logSoftmax", x, (y) => {
    const exponents = shifted("logSoftmax", y, axis);
    return sub(exponents, log(sum(exp(exponents), axis, { keepDims: true })));
  });

/** log(sum(exp(x))) over `axes`; -infinity of no elements, and where all are. */
export function logSumExp(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectOptions("logSumExp", options, ["keepDims"]);
  const { keepDims = false } = options;
  return inSingle("logSumExp", x, (y) => logSumExpOf(y, axes, keepDims));
}

function logSumExpOf(x: Tensor, axes: Axes | undefined, keepDims: boolean): Tensor {
  const reduced = resolveAxes("logSumExp", axes, x.shape);
  const shift = largest(x, reduced);
  // Not by infinity, which would be NaN.
  const offset = where(isfinite(shift), shift, 0);
  const result = add(log(sum(exp(sub(x, offset)), axes, { keepDims: true })), offset);
  return keepDims
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !reduced.includes(axis)),
      );
}
