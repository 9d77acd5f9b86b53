import * as t from "@clidim/tensor";
import { checkOptions, oneOf } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** max(x, 0). */
export const relu = (): Layer<None, None> => lambda("relu", (x) => t.relu(x));
/** x where positive, slope * x elsewhere. */
export const leakyRelu = (slope = 0.01): Layer<None, None> =>
  lambda("leakyRelu", (x) => t.leakyRelu(x, slope));
/** 1 / (1 + exp(-x)). */
export const sigmoid = (): Layer<None, None> => lambda("sigmoid", (x) => t.sigmoid(x));
/** Hyperbolic tangent. */
export const tanh = (): Layer<None, None> => lambda("tanh", (x) => t.tanh(x));
/** log(1 + exp(x)). */
export const softplus = (): Layer<None, None> => lambda("softplus", (x) => t.softplus(x));
/** x * sigmoid(x). */
export const silu = (): Layer<None, None> => lambda("silu", (x) => t.silu(x));
/** x * Phi(x), with the normal distribution function as it is, or by tanh. */
export function gelu(options: t.GeluOptions = {}): Layer<None, None> {
  checkOptions("gelu", options, { approximate: oneOf("none", "tanh") });
  return lambda("gelu", (x) => t.gelu(x, options));
}
/** x where positive, alpha * (exp(x) - 1) elsewhere. */
export const elu = (alpha = 1): Layer<None, None> => lambda("elu", (x) => t.elu(x, alpha));
/** elu with the constants that keep mean 0 and variance 1. */
export const selu = (): Layer<None, None> => lambda("selu", (x) => t.selu(x));
/** x * tanh(softplus(x)). */
export const mish = (): Layer<None, None> => lambda("mish", (x) => t.mish(x));
/** min(max(x, 0), 6). */
export const relu6 = (): Layer<None, None> => lambda("relu6", (x) => t.relu6(x));
/** min(max(x / 6 + 1 / 2, 0), 1). */
export const hardSigmoid = (): Layer<None, None> => lambda("hardSigmoid", (x) => t.hardSigmoid(x));
/** x * hardSigmoid(x). */
export const hardSwish = (): Layer<None, None> => lambda("hardSwish", (x) => t.hardSwish(x));
/** log(sigmoid(x)). */
export const logSigmoid = (): Layer<None, None> => lambda("logSigmoid", (x) => t.logSigmoid(x));
/** The first half along `axis`, times the sigmoid of the second. */
export const glu = (axis = -1): Layer<None, None> => lambda("glu", (x) => t.glu(x, axis));
/** exp(x) over its sum along `axis`. */
export const softmax = (axis = -1): Layer<None, None> => lambda("softmax", (x) => t.softmax(x, axis));
/** Logarithm of softmax, computed without overflow. */
export const logSoftmax = (axis = -1): Layer<None, None> =>
  lambda("logSoftmax", (x) => t.logSoftmax(x, axis));
