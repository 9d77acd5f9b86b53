import {
  add,
  broadcastTo,
  div,
  expandDims,
  formatShape,
  full,
  log,
  maximum,
  mul,
  square,
  stopGradient,
  sub,
  Tensor,
  type TensorLike,
} from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";
import { aboveZero, checkOptions, flag } from "../checkOptions.js";
import { checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface GaussianNllOptions extends LossOptions {
  /** With the constant log(2 pi) / 2. Default false. */
  readonly full?: boolean;
  /** The least variance; gradients take no notice of it. Default 1e-6. */
  readonly epsilon?: number;
}

/** The variance of each element; throws where it has none for each. */
function varianceOf(op: string, output: Tensor, variance: TensorLike): Tensor {
  if (typeof variance === "number") {
    if (variance >= 0) return full(output.shape, variance, output.dtype);
    throw new Error(`${op}: variance must be at least 0, got ${variance}`);
  }
  if (!(variance instanceof Tensor)) {
    throw new Error(
      `${op}: variance must be a number or a tensor, got ${show(variance)}; wrap arrays with tensor()`,
    );
  }
  const { shape } = output;
  const ofRows = formatShape(variance.shape) === formatShape(shape.slice(0, -1));
  const own = ofRows && shape.length > 0 ? expandDims(variance, -1) : variance;
  const fits = own.shape.length === shape.length && own.shape.every((n, i) => n === 1 || n === shape[i]);
  if (!fits || own.dtype !== output.dtype) {
    throw new Error(
      `${op}: variance must be a number, or a tensor of the dtype of output and of its shape, with extents of 1 or without the last axis, got ${describe(variance)} for output ${describe(output)}`,
    );
  }
  return broadcastTo(own, shape);
}

/**
 * (log v + (output - target)^2 / v) / 2 with the variance v = max(variance, epsilon): PyTorch's GaussianNLLLoss. Output and target have one shape; the variance is that of each element, of each
 * row without the last axis or with extents of 1, or a number.
 */
export function gaussianNll(
  output: Tensor,
  target: Tensor,
  variance: TensorLike,
  options: GaussianNllOptions = {},
): Tensor {
  const op = "gaussianNll";
  checkOptions(op, options, { ...lossOptions, full: flag, epsilon: aboveZero });
  checkSameFloats(op, { output, target });
  const given = varianceOf(op, output, variance);
  const { full = false, epsilon = 1e-6, reduction = "mean" } = options;
  // The gradient is that of the variance, also where it is clamped; the difference is 0.
  const constant = stopGradient(given);
  const v = add(maximum(constant, epsilon), sub(given, constant));
  const loss = mul(add(log(v), div(square(sub(output, target)), v)), 0.5);
  return reduce(full ? add(loss, Math.log(2 * Math.PI) / 2) : loss, reduction);
}
