import { describe, expectDType, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { div, mul, sqrt, sub } from "./arithmetic.js";
import { clip } from "./clip.js";
import { stopGradient } from "./control.js";
import { diagonal } from "./linalg/diagonal.js";
import { matmul } from "./matmul.js";
import { mean } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { narrow } from "./slice.js";
import { inSingle } from "./special/inSingle.js";
import { transpose } from "./transpose.js";

/** How `cov` counts. */
export interface CovOptions {
  /** What is taken from the number of observations before it divides. Default 1. */
  readonly correction?: number;
}

/** The covariances of variables x [variables,observations], [variables,variables], of one variable, [N] or [1,N], a number: NumPy's, PyTorch's and JAX's `cov`. */
export function cov(x: Tensor, options: CovOptions = {}): Tensor {
  expectOptions("cov", options, ["correction"]);
  return covariances("cov", x, options.correction ?? 1);
}

function covariances(op: string, x: Tensor, correction: number): Tensor {
  expectDType(op, "x", x, "float");
  if (x.shape.length < 1 || x.shape.length > 2) {
    throw new Error(`${op}: x must be [variables,observations] or [observations], got ${describe(x)}`);
  }
  const rows = x.shape.length === 1 ? expandDims(x, 0) : x;
  const [variables, observations] = rows.shape as readonly [number, number];
  if (!(observations - correction > 0)) {
    throw new Error(
      `${op}: correction ${show(correction)} leaves nothing to divide by for ${observations} observations (x ${describe(x)})`,
    );
  }
  // A mean of equal numbers is one of them but for rounding: what is counted from the first is 0. It carries no gradient, as covariances do not depend on it.
  const fromFirst = sub(rows, stopGradient(narrow(rows, 1, 0, 1)));
  const deviation = sub(fromFirst, mean(fromFirst, 1, { keepDims: true }));
  const scaled = mul(deviation, 1 / (observations - correction));
  const result = matmul(scaled, transpose(deviation, [1, 0]));
  return reshape(result, variables === 1 ? [] : [variables, variables]);
}

/** The correlations of variables x [variables,observations] by Pearson, within -1 and 1, of one variable, [N] or [1,N], a number: NumPy's, PyTorch's and JAX's `corrcoef`. NaN of a constant. */
export const corrcoef = (x: Tensor): Tensor => inSingle("corrcoef", x, correlations);

function correlations(x: Tensor): Tensor {
  const covariance = covariances("corrcoef", x, 0);
  if (covariance.shape.length === 0) return clip(div(covariance, covariance), -1, 1);
  const deviation = sqrt(diagonal(covariance, 0, 0, 1));
  return clip(div(div(covariance, expandDims(deviation, 0)), expandDims(deviation, 1)), -1, 1);
}
