import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, erf, exp, log1p, mul, neg, sub, tanh } from "./arithmetic.js";
import { gt } from "./comparison.js";
import { where } from "./where.js";

// `where` instead of maximum and abs: the derivative at 0 is then the formula's, not that of a tie.

/** max(x, 0); the derivative at 0 is 0, as in PyTorch. */
export const relu = (x: Tensor): Tensor => where(gt(x, 0), x, 0);

/** x for x > 0, slope * x elsewhere. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => where(gt(x, 0), x, mul(x, slope));

/** x for x > 0, alpha * (exp(x) - 1) elsewhere. */
export function elu(x: Tensor, alpha = 1): Tensor {
  expectDType("elu", "x", x, "float");
  const positive = gt(x, 0);
  return where(positive, x, mul(sub(exp(where(positive, 0, x)), 1), alpha));
}

/** 1 / (1 + exp(-x)), as tanh, which does not overflow. */
export const sigmoid = (x: Tensor): Tensor => {
  expectDType("sigmoid", "x", x, "float");
  return add(mul(tanh(mul(x, 0.5)), 0.5), 0.5);
};

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
export function softplus(x: Tensor): Tensor {
  expectDType("softplus", "x", x, "float");
  const positive = gt(x, 0);
  return add(where(positive, x, 0), log1p(exp(where(positive, neg(x), x))));
}

/** x * sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => {
  expectDType("silu", "x", x, "float");
  return mul(x, sigmoid(x));
};

/** x * (1 + erf(x / sqrt(2))) / 2: the exact form, PyTorch's default. */
export const gelu = (x: Tensor): Tensor => {
  expectDType("gelu", "x", x, "float");
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
};
