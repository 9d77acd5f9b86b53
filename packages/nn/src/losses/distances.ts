import { add, cast, maximum, mul, sub, sum, type Tensor, vectorNorm } from "@clidim/tensor";
import { aboveZero, atLeastZero, checkOptions } from "../checkOptions.js";
import { checkFeatures, checkSameFloats } from "./operands.js";
import { unitVectors } from "./unitVectors.js";

export interface PairwiseDistanceOptions {
  /** The exponent of the norm. Default 2. */
  readonly p?: number;
  /** Added to each difference. Default 1e-6. */
  readonly epsilon?: number;
}

/** The p-norm of a - b + epsilon along the last axis: [..., D] and [..., D] give [...]. PyTorch's pairwise_distance; the gradient at distance 0 is 0. That of halves is computed in f32. */
export function pairwiseDistance(a: Tensor, b: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  const op = "pairwiseDistance";
  checkOptions(op, options, { p: aboveZero, epsilon: atLeastZero });
  checkSameFloats(op, { a, b });
  checkFeatures(op, "a", a, "[...,D]");
  const { p = 2, epsilon = 1e-6 } = options;
  const difference = add(sub(cast(a, "f32"), cast(b, "f32")), epsilon);
  return cast(vectorNorm(difference, { ord: p, axes: -1 }), a.dtype);
}

export interface CosineSimilarityOptions {
  /** The least norm that is divided by. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * a b / (max(|a|, epsilon) max(|b|, epsilon)) along the last axis: [..., D] and [..., D] give [...]. PyTorch's cosine_similarity, which is 0 where a squared norm is beyond f32 (norms above
 * 1.8e19); here it is the cosine of all vectors that are finite.
 */
export function cosineSimilarity(a: Tensor, b: Tensor, options: CosineSimilarityOptions = {}): Tensor {
  const op = "cosineSimilarity";
  checkOptions(op, options, { epsilon: aboveZero });
  checkSameFloats(op, { a, b });
  checkFeatures(op, "a", a, "[...,D]");
  const { epsilon = 1e-8 } = options;
  const [from, to] = [a, b].map((x) => unitVectors(x, epsilon, maximum));
  return cast(sum(mul(from!, to!), -1), a.dtype);
}
