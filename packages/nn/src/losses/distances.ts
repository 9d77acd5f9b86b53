import { abs, add, cast, maximum, mul, pow, sqrt, square, sub, sum, type Tensor } from "@clidim/tensor";
import { aboveZero, atLeastZero, checkOptions } from "../checkOptions.js";
import { checkFeatures, checkSameFloats } from "./operands.js";
import { unitVectors } from "./unitVectors.js";

export interface PairwiseDistanceOptions {
  /** The exponent of the norm. Default 2. */
  readonly p?: number;
  /** Added to each difference. Default 1e-6. */
  readonly epsilon?: number;
}

/** The p-norm of a - b + epsilon along the last axis: [..., D] and [..., D] give [...]. PyTorch's pairwise_distance. */
export function pairwiseDistance(a: Tensor, b: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  const op = "pairwiseDistance";
  checkOptions(op, options, { p: aboveZero, epsilon: atLeastZero });
  checkSameFloats(op, { a, b });
  checkFeatures(op, "a", a, "[...,D]");
  const { p = 2, epsilon = 1e-6 } = options;
  const difference = add(sub(a, b), epsilon);
  if (p === 2) return sqrt(sum(square(difference), -1));
  if (p === 1) return sum(abs(difference), -1);
  return pow(sum(pow(abs(difference), p), -1), 1 / p);
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
