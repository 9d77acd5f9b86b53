import { normalDensity, normalProbability } from "./normalDistribution.js";

/**
 * The variance v of values around 0 whose squares are given in ascending order, squares above `limit^2 v` counting as that: the solution of `mean(min(square, limit^2 v)) = k v`, where k
 * makes it right for normal noise (Huber's proposal 2). With a small limit it is like the median, which few outliers move, but which takes skewed noise, and a mixture of small and large noise, for too little; with a
 * limit of 3 it is nearly the mean of the squares. 0 where too few squares are above 0.
 */
export function winsorizedVariance(sortedSquares: Float64Array, limit: number): number {
  const count = sortedSquares.length;
  const cut = limit * limit;
  const inside = 2 * normalProbability(limit) - 1;
  const k = inside - 2 * limit * normalDensity(limit) + cut * (1 - inside);
  let sum = 0;
  for (let j = 0; j < count; j++) {
    sum += sortedSquares[j]!;
    // If the first j + 1 squares are within the limit and the others above.
    const divisor = count * k - (count - j - 1) * cut;
    if (divisor <= 0) continue;
    const variance = sum / divisor;
    const next = j + 1 < count ? sortedSquares[j + 1]! : Number.POSITIVE_INFINITY;
    if (cut * variance < next) return variance;
  }
  return 0;
}
