import {
  expectChoice,
  expectDType,
  expectNumber,
  expectOptions,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { abs, add, div, erfc, exp, expm1, mul, neg, sub, tanh } from "./arithmetic.js";
import { clip } from "./clip.js";
import { ge, gt, le } from "./comparison.js";
import { chunk } from "./concat.js";
import { log1p } from "./log1p.js";
import { withDerivative } from "./special/withDerivative.js";
import { expectTensorLike } from "./tensorLike.js";
import { where } from "./where.js";
import { withVjp } from "./withVjp.js";

// `where` instead of maximum and abs: the derivative at 0 is then the formula's, not that of a tie. Compared so that a NaN, which compares with nothing,
// stays what it is.

/** max(x, 0); the derivative at 0 is 0, as in PyTorch. */
export function relu(x: Tensor): Tensor {
  expectDType("relu", "x", x, "numeric");
  return where(le(x, 0), 0, x);
}

/** min(max(x, 0), 6); the derivative at 0 and at 6 is 0, as in PyTorch. */
export function relu6(x: Tensor): Tensor {
  expectDType("relu6", "x", x, "numeric");
  return between(x, 6);
}

/** x within 0 and `high`; the derivative is 0 on them. */
const between = (x: Tensor, high: number): Tensor => where(le(x, 0), 0, where(ge(x, high), high, x));

/** x for x > 0, slope * x elsewhere. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  expectDType("leakyRelu", "x", x, "float");
  expectTensorLike("leakyRelu", "slope", slope);
  return where(gt(x, 0), x, mul(x, slope));
}

/** x for x > 0, alpha * (exp(x) - 1) elsewhere. */
export function elu(x: Tensor, alpha = 1): Tensor {
  expectDType("elu", "x", x, "float");
  expectTensorLike("elu", "alpha", alpha);
  const negative = le(x, 0);
  return where(negative, mul(expm1(where(negative, x, 0)), alpha), x);
}

/** x for x > 0, alpha * (exp(x / alpha) - 1) elsewhere, whose derivative is continuous (Barron, 2017): PyTorch's celu. */
export function celu(x: Tensor, alpha = 1): Tensor {
  expectDType("celu", "x", x, "float");
  expectNumber("celu", "alpha", alpha);
  const negative = le(x, 0);
  return where(negative, mul(expm1(mul(where(negative, x, 0), 1 / alpha)), alpha), x);
}

/** x for x > 0, weight * x elsewhere, with a learned weight for all, or for each channel [C] of the last axis: PyTorch's prelu. */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  expectDType("prelu", "x", x, "float");
  expectDType("prelu", "weight", weight, "float");
  return where(gt(x, 0), x, mul(x, weight));
}

/** x above `limit`, `value` elsewhere: PyTorch's threshold. */
export function threshold(x: Tensor, limit: number, value: number): Tensor {
  expectDType("threshold", "x", x, "numeric");
  for (const [name, given] of Object.entries({ limit, value })) expectNumber("threshold", name, given);
  return where(le(x, limit), value, x);
}

/** x / (1 + |x|): PyTorch's and JAX's softsign. */
export function softsign(x: Tensor): Tensor {
  expectDType("softsign", "x", x, "float");
  return div(x, add(abs(x), 1));
}

/** scale * elu(x, alpha) with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017). */
export function selu(x: Tensor): Tensor {
  expectDType("selu", "x", x, "float");
  return mul(elu(x, 1.6732632423543772), 1.0507009873554805);
}

/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: Tensor): Tensor => apply("sigmoid", [x], {});

/** log(sigmoid(x)) = -softplus(-x). */
export function logSigmoid(x: Tensor): Tensor {
  expectDType("logSigmoid", "x", x, "float");
  return neg(softplus(neg(x)));
}

/** How sharp `softplus` bends. */
export interface SoftplusOptions {
  /** log(1 + exp(beta x)) / beta. Default 1. */
  readonly beta?: number;
  /** Where beta x is above it, x itself, as in PyTorch, whose default is 20; exact without. Default Infinity. */
  readonly threshold?: number;
}

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), or with `beta` a sharper or blunter one: PyTorch's softplus. */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  expectDType("softplus", "x", x, "float");
  expectOptions("softplus", options, ["beta", "threshold"]);
  const { beta = 1, threshold = Number.POSITIVE_INFINITY } = options;
  if (typeof beta !== "number" || !Number.isFinite(beta) || beta === 0 || typeof threshold !== "number") {
    throw new Error(`softplus: beta must be a number other than 0, threshold a number, got ${show(options)}`);
  }
  const scaled = beta === 1 ? x : mul(x, beta);
  const positive = gt(scaled, 0);
  const bent = add(where(positive, scaled, 0), log1p(exp(where(positive, neg(scaled), scaled))));
  const value = beta === 1 ? bent : mul(bent, 1 / beta);
  return threshold === Number.POSITIVE_INFINITY ? value : where(gt(scaled, threshold), x, value);
}

/** x * sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  expectDType("silu", "x", x, "float");
  // s (1 + x (1 - s)), in the order that does not overflow where x is large.
  return withDerivative("silu", x, mul(x, sigmoid(x)), (own) => {
    const share = sigmoid(own);
    return mul(share, add(mul(own, sub(1, share)), 1));
  });
}

/** x * tanh(softplus(x)) (Misra, 2019). */
export function mish(x: Tensor): Tensor {
  expectDType("mish", "x", x, "float");
  // t + x s (1 - t^2), s the sigmoid, in the order that does not overflow where x is large.
  return withDerivative("mish", x, mul(x, tanh(softplus(x))), (own) => {
    const turned = tanh(softplus(own));
    return add(turned, mul(mul(own, sigmoid(own)), sub(1, mul(turned, turned))));
  });
}

/** min(max(x / 6 + 1 / 2, 0), 1); the derivative at -3 and at 3 is 0, as in PyTorch. */
export function hardSigmoid(x: Tensor): Tensor {
  expectDType("hardSigmoid", "x", x, "float");
  return between(add(mul(x, 1 / 6), 0.5), 1);
}

/** x * hardSigmoid(x); the derivative at -3 and at 3 is that of x^2 / 6 + x / 2, as in PyTorch. */
export function hardSwish(x: Tensor): Tensor {
  expectDType("hardSwish", "x", x, "float");
  return mul(x, clip(add(mul(x, 1 / 6), 0.5), 0, 1));
}

/** How the normal distribution function in `gelu` is computed. */
export interface GeluOptions {
  /** "none": exactly. "tanh": by tanh(sqrt(2 / pi) (x + 0.044715 x^3)), as models trained with it need. Default "none". */
  readonly approximate?: "none" | "tanh";
}

/** x * Phi(x), with Phi(x) = erfc(-x / sqrt(2)) / 2 unless approximated: PyTorch's gelu. */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  expectDType("gelu", "x", x, "float");
  expectOptions("gelu", options, ["approximate"]);
  const { approximate = "none" } = options;
  expectChoice("gelu", "approximate", approximate, ["none", "tanh"]);
  if (approximate === "none") return mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2)));
  const inner = mul(mul(x, Math.sqrt(2 / Math.PI)), add(mul(mul(x, x), 0.044715), 1));
  // (1 + tanh(u)) / 2 = sigmoid(2u), which keeps the digits of the tail.
  return mul(x, sigmoid(mul(inner, 2)));
}

/** The first half of x along `axis`, times the sigmoid of the second (Dauphin et al., 2016). */
export function glu(x: Tensor, axis = -1): Tensor {
  expectDType("glu", "x", x, "float");
  const resolved = normalizeAxis("glu", axis, x.shape.length);
  if (x.shape[resolved]! % 2 !== 0) {
    throw new Error(`glu: axis ${resolved} of x ${formatShape(x.shape)} has no two halves`);
  }
  const [value, gate] = chunk(x, 2, resolved);
  const result = mul(value!, sigmoid(gate!));
  // In the order that does not overflow where the value is large.
  const [gated] = withVjp("glu", [value!, gate!], [result], ([g], [ownValue, ownGate]) => {
    const share = sigmoid(ownGate!);
    return [mul(g!, share), mul(g!, mul(mul(share, sub(1, share)), ownValue!))];
  });
  return gated!;
}
