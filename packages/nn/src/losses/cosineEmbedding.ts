import { add, cast, gt, mul, sub, sum, type Tensor, where } from "@clidim/tensor";
import { checkOptions, finite } from "../checkOptions.js";
import { clampMin } from "./clampMin.js";
import { checkFeatures, checkSameFloats, checkShape } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";
import { unitVectors } from "./unitVectors.js";

export interface CosineEmbeddingOptions extends LossOptions {
  /** The cosine that unlike pairs may have. Default 0. */
  readonly margin?: number;
}

/**
 * 1 - cos(a, b) where the target is 1, max(cos(a, b) - margin, 0) where it is -1; a and b [..., D], target [...]. PyTorch's
 * CosineEmbeddingLoss, with its 1e-12 added to both squared norms.
 */
export function cosineEmbedding(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  options: CosineEmbeddingOptions = {},
): Tensor {
  const op = "cosineEmbedding";
  checkOptions(op, options, { ...lossOptions, margin: finite });
  checkSameFloats(op, { a, b });
  checkFeatures(op, "a", a, "[...,D]");
  checkShape(op, "target", target, a.shape.slice(0, -1));
  const { margin = 0, reduction = "mean" } = options;
  const [from, to] = [a, b].map((x) => unitVectors(x, 1e-6, add));
  const cosine = cast(sum(mul(from!, to!), -1), a.dtype);
  return reduce(where(gt(target, 0), sub(1, cosine), clampMin(sub(cosine, margin))), reduction);
}
