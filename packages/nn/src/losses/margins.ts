import {
  add,
  cast,
  expandDims,
  gt,
  mul,
  neg,
  oneHot,
  relu,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "@clidim/tensor";
import { accepted, checkOptions, finite, flag, tensorOption } from "../checkOptions.js";
import { clampMin } from "./clampMin.js";
import { isBelow, nanUnless } from "./knownLabels.js";
import { checkFeatures, checkIntegers, checkSameFloats, checkShape } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface MarginOptions extends LossOptions {
  /** How far apart what is compared has to be. */
  readonly margin?: number;
}

export interface HingeOptions extends MarginOptions {
  /** Default false. */
  readonly squared?: boolean;
}

/** max(margin - target output, 0), or its square, for targets of 1 and -1; margin 1 by default. TensorFlow.js's hingeLoss has targets of 1 and 0. */
export function hinge(output: Tensor, target: Tensor, options: HingeOptions = {}): Tensor {
  checkOptions("hinge", options, { ...lossOptions, margin: finite, squared: flag });
  checkSameFloats("hinge", { output, target });
  const { margin = 1, squared = false, reduction = "mean" } = options;
  const short = relu(sub(margin, mul(target, output)));
  return reduce(squared ? square(short) : short, reduction);
}

/** x where the target is 1, max(margin - x, 0) where it is -1; margin 1 by default. PyTorch's HingeEmbeddingLoss. */
export function hingeEmbedding(x: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("hingeEmbedding", options, { ...lossOptions, margin: finite });
  checkSameFloats("hingeEmbedding", { x, target });
  const { margin = 1, reduction = "mean" } = options;
  return reduce(where(gt(target, 0), x, clampMin(sub(margin, x))), reduction);
}

/** max(-target (a - b) + margin, 0): with a target of 1, a has to be larger. Margin 0 by default. PyTorch's MarginRankingLoss. */
export function marginRanking(a: Tensor, b: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("marginRanking", options, { ...lossOptions, margin: finite });
  checkSameFloats("marginRanking", { a, b, target });
  const { margin = 0, reduction = "mean" } = options;
  return reduce(clampMin(add(neg(mul(target, sub(a, b))), margin)), reduction);
}

/** log(1 + exp(-target output)) for targets of 1 and -1: PyTorch's SoftMarginLoss. */
export function softMargin(output: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("softMargin", options, lossOptions);
  checkSameFloats("softMargin", { output, target });
  return reduce(softplus(neg(mul(target, output))), options.reduction ?? "mean");
}

export interface MultiMarginOptions extends MarginOptions {
  /** The exponent, 1 or 2. Default 1. */
  readonly p?: 1 | 2;
  /** Weight of each class, [C]. */
  readonly weight?: Tensor;
}

/**
 * sum over i != y of weight_y max(margin - x_y + x_i, 0)^p, over C, for scores x [..., C] and classes y [...] (i32 or u32); margin 1 by
 * default; NaN for a y that is no class. PyTorch's MultiMarginLoss.
 */
export function multiMargin(output: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  const op = "multiMargin";
  const one = accepted("1 or 2", (value) => value === 1 || value === 2);
  checkOptions(op, options, { ...lossOptions, margin: finite, p: one, weight: tensorOption });
  checkFeatures(op, "output", output, "[...,C]");
  checkIntegers(op, "target", target, output.shape.slice(0, -1));
  const { margin = 1, p = 1, weight, reduction = "mean" } = options;
  const classes = output.shape.at(-1)!;
  if (weight) checkShape(op, "weight", weight, [classes]);
  const own = cast(oneHot(target, classes), "bool");
  const score = expandDims(sum(where(own, output, 0), -1), -1);
  const short = relu(add(sub(output, score), margin));
  const terms = where(own, 0, p === 1 ? short : square(short));
  const each = nanUnless(isBelow(target, classes), mul(sum(terms, -1), 1 / classes));
  if (!weight) return reduce(each, reduction);
  return reduce(mul(each, sum(where(own, cast(weight, each.dtype), 0), -1)), reduction);
}

export interface MultilabelSoftMarginOptions extends LossOptions {
  /** Weight of each class, [C]. */
  readonly weight?: Tensor;
}

/**
 * The mean over classes of -t log(sigmoid(x)) - (1 - t) log(sigmoid(-x)), for logits and targets [..., C]: PyTorch's
 * MultiLabelSoftMarginLoss.
 */
export function multilabelSoftMargin(
  output: Tensor,
  target: Tensor,
  options: MultilabelSoftMarginOptions = {},
): Tensor {
  const op = "multilabelSoftMargin";
  checkOptions(op, options, { ...lossOptions, weight: tensorOption });
  checkFeatures(op, "output", output, "[...,C]");
  checkSameFloats(op, { output, target });
  const classes = output.shape.at(-1)!;
  const { weight, reduction = "mean" } = options;
  if (weight) checkShape(op, "weight", weight, [classes]);
  const each = add(mul(target, softplus(neg(output))), mul(sub(1, target), softplus(output)));
  const weighted = weight ? mul(each, cast(weight, each.dtype)) : each;
  return reduce(mul(sum(weighted, -1), 1 / classes), reduction);
}
