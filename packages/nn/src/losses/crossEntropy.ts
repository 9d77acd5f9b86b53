import {
  add,
  cast,
  div,
  eq,
  formatShape,
  isFloat,
  logSoftmax,
  mul,
  neg,
  not,
  oneHot,
  sub,
  sum,
  Tensor,
  where,
} from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";
import { checkOptions, fraction, integer, tensorOption } from "../checkOptions.js";
import { isBelow, nanUnless } from "./knownLabels.js";
import { type LossOptions, lossOptions, type Reduction, reduce } from "./reduction.js";

export interface CrossEntropyOptions extends LossOptions {
  /** This share of the probability is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** Samples whose class index is this one count for nothing, in the mean neither. Default -100. */
  readonly ignoreIndex?: number;
  /** Weight of each class, f32 [C]; with class indices, the mean divides by the weights of the targets. */
  readonly weight?: Tensor;
}

/**
 * Minus the log-probability of the target under softmax(logits), classes on the last axis. logits [..., C]; targets are class
 * indices [...] (i32 or u32) or probabilities [..., C]. "mean" is over samples: PyTorch's CrossEntropyLoss. The GPU cannot throw: the
 * loss of an index that is neither a class nor `ignoreIndex` is NaN (`compile`'s `debug.nan` finds it), and so is the mean where every
 * sample is ignored.
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions("crossEntropy", options, {
    ...lossOptions,
    labelSmoothing: fraction,
    ignoreIndex: integer,
    weight: tensorOption,
  });
  checkOperands(logits, target, options.weight);
  const { reduction = "mean" } = options;
  const logProbabilities = logSoftmax(logits, -1);
  return isFloat(target.dtype)
    ? reduce(ofProbabilities(logProbabilities, target, options), reduction)
    : ofClasses(logProbabilities, target, options, reduction);
}

function checkOperands(logits: Tensor, target: Tensor, weight: Tensor | undefined): void {
  for (const [name, value] of Object.entries({ logits, target })) {
    if (!(value instanceof Tensor)) {
      throw new Error(
        `crossEntropy: ${name} must be a tensor, got ${show(value)}; wrap arrays with tensor()`,
      );
    }
  }
  const outer = logits.shape.slice(0, -1);
  if (!isFloat(logits.dtype) || logits.shape.length === 0) {
    throw new Error(`crossEntropy: expected logits of shape [...,C], floating point, got ${show(logits)}`);
  }
  const asClasses = formatShape(target.shape) === formatShape(outer);
  if (target.dtype === "bool" || (isFloat(target.dtype) && asClasses)) {
    throw new Error(
      `crossEntropy: class indices must be integers, got ${describe(target)}; cast to i32 ` +
        `(targets of floats are probabilities, of shape ${formatShape(logits.shape)})`,
    );
  }
  const expected = isFloat(target.dtype) ? logits.shape : outer;
  if (formatShape(target.shape) !== formatShape(expected)) {
    throw new Error(
      `crossEntropy: for logits ${formatShape(logits.shape)}, expected ${isFloat(target.dtype) ? "probabilities" : "class indices"} of shape ${formatShape(expected)}, got ${formatShape(target.shape)}`,
    );
  }
  if (weight && formatShape(weight.shape) !== formatShape(logits.shape.slice(-1))) {
    throw new Error(
      `crossEntropy: weight needs one value per class, [${logits.shape.at(-1)}], got ${formatShape(weight.shape)}`,
    );
  }
}

/** The loss of each sample; smoothing and weights act on the probabilities. */
function ofProbabilities(
  logProbabilities: Tensor,
  target: Tensor,
  { labelSmoothing = 0, weight }: CrossEntropyOptions,
): Tensor {
  const classes = logProbabilities.shape.at(-1)!;
  const smooth =
    labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  const terms = mul(logProbabilities, smooth);
  return neg(sum(weight ? mul(terms, cast(weight, terms.dtype)) : terms, [-1]));
}

/** The loss of class indices [...] under log-probabilities [..., C], reduced. */
export function ofClasses(
  logProbabilities: Tensor,
  target: Tensor,
  { labelSmoothing = 0, ignoreIndex = -100, weight }: CrossEntropyOptions,
  reduction: Reduction,
): Tensor {
  const { dtype, shape } = logProbabilities;
  const classes = shape.at(-1)!;
  const index = cast(target, "i32");
  const counted = not(eq(index, ignoreIndex));
  const isTarget = oneHot(index, classes, "bool");
  const weights = weight && cast(weight, dtype);
  const weighted = weights ? mul(logProbabilities, weights) : logProbabilities;
  // Left out, not times 0: what has no probability has an infinite loss.
  const nll = neg(sum(where(isTarget, weighted, 0), [-1]));
  const smoothed =
    labelSmoothing === 0
      ? nll
      : sub(mul(nll, 1 - labelSmoothing), mul(sum(weighted, [-1]), labelSmoothing / classes));
  const known = isBelow(index, classes);
  const each = where(counted, nanUnless(known, smoothed), 0);
  if (reduction !== "mean") return reduce(each, reduction);
  const shares = weights ? sum(where(isTarget, weights, 0), [-1]) : cast(known, dtype);
  // In f32: the sum of many halves is beyond them.
  const total = (x: Tensor): Tensor => sum(cast(x, "f32"));
  return cast(div(total(each), total(where(counted, shares, 0))), dtype);
}
