import type { Tensor } from "@clidim/tensor";
import { checkOptions, integer, tensorOption } from "../checkOptions.js";
import { type CrossEntropyOptions, ofClasses } from "./crossEntropy.js";
import { checkFeatures, checkIntegers, checkShape } from "./operands.js";
import { lossOptions } from "./reduction.js";

/** How the losses of samples are weighed. */
export type NllOptions = Omit<CrossEntropyOptions, "labelSmoothing">;

/**
 * Minus the log-probability of the target: logProbabilities [..., C], classes on the last axis, and class indices [...] (i32 or u32).
 * PyTorch's NLLLoss; `crossEntropy` without its softmax.
 */
export function nll(logProbabilities: Tensor, target: Tensor, options: NllOptions = {}): Tensor {
  checkOptions("nll", options, { ...lossOptions, ignoreIndex: integer, weight: tensorOption });
  checkFeatures("nll", "logProbabilities", logProbabilities, "[...,C]");
  checkIntegers("nll", "target", target, logProbabilities.shape.slice(0, -1));
  if (options.weight) checkShape("nll", "weight", options.weight, logProbabilities.shape.slice(-1));
  return ofClasses(logProbabilities, target, options, options.reduction ?? "mean");
}
