import * as t from "@clidim/tensor";
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
/** x * Phi(x), with the normal distribution function by erf. */
export const gelu = (): Layer<None, None> => lambda("gelu", (x) => t.gelu(x));
/** x where positive, exp(x) - 1 elsewhere. */
export const elu = (): Layer<None, None> => lambda("elu", (x) => t.elu(x));
/** exp(x) over its sum along `axis`. */
export const softmax = (axis = -1): Layer<None, None> => lambda("softmax", (x) => t.softmax(x, axis));
/** Logarithm of softmax, computed without overflow. */
export const logSoftmax = (axis = -1): Layer<None, None> =>
  lambda("logSoftmax", (x) => t.logSoftmax(x, axis));
