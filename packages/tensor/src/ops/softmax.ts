import { expectDType, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, div, exp, log, sub } from "./arithmetic.js";
import { resolveAxes } from "./axes.js";
import { stopGradient } from "./control.js";
import { zeros } from "./creation.js";
import { type Axes, max, type ReductionOptions, sum } from "./reductions.js";
import { reshape } from "./reshape.js";

/** x minus its largest element; the shift cancels, so it carries no gradient. */
function shift(
  op: string,
  x: Tensor,
  axes: Axes,
): { readonly shifted: Tensor; readonly offset: Tensor; readonly reduced: readonly number[] } {
  expectDType(op, "x", x, "float");
  const reduced = resolveAxes(op, axes, x.shape);
  // Of no elements there is no largest; their exponentials add up to 0.
  const offset = reduced.some((axis) => x.shape[axis] === 0)
    ? zeros(
        x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent)),
        x.dtype,
      )
    : stopGradient(max(x, reduced, { keepDims: true }));
  return { shifted: sub(x, offset), offset, reduced };
}

/** exp(x) / sum(exp(x)) along `axis`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const exponentials = exp(shift("softmax", x, axis).shifted);
  return div(exponentials, sum(exponentials, axis, { keepDims: true }));
}

/** log(softmax(x)) along `axis`, without the loss of digits. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const { shifted } = shift("logSoftmax", x, axis);
  return sub(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
}

/** log(sum(exp(x))) over `axes`, -Infinity of no elements. */
export function logSumExp(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectOptions("logSumExp", options, ["keepDims"]);
  const { keepDims = false } = options;
  const { shifted, offset, reduced } = shift("logSumExp", x, axes);
  const result = add(log(sum(exp(shifted), axes, { keepDims: true })), offset);
  return keepDims
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !reduced.includes(axis)),
      );
}
