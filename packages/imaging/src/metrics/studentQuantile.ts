/**
 * The `p` quantile (0.5 <= p < 1) of Student's t with a whole number of degrees of freedom: the finite sums of Abramowitz and Stegun 26.7.3-4
 * for P(|T| < t), solved by bisection in theta = atan(t / sqrt(freedom)).
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p >= 0.5 && p < 1) || !Number.isSafeInteger(freedom) || freedom < 1) {
    throw new Error(
      `studentQuantile: expected p in [0.5, 1) and whole degrees of freedom >= 1, got ${p} and ${freedom}`,
    );
  }
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, freedom) < 2 * p - 1) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

function centralProbability(theta: number, freedom: number): number {
  const cosine = Math.cos(theta);
  const odd = freedom % 2 === 1;
  // odd: cos + 2/3 cos^3 + 2/3 4/5 cos^5 + ... to cos^(freedom - 2); even: 1 + 1/2 cos^2 + 1/2 3/4 cos^4 + ... likewise.
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let power = odd ? 1 : 0; power <= freedom - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine * cosine;
  }
  const sine = Math.sin(theta);
  return odd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}
