/** The density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** The probability that a standard normal variable is at most x, to 1e-15: the Taylor series of Marsaglia (2004), `1/2 + density(x) (x + x^3/3 + x^5/(3 5) + ...)`. */
export function normalProbability(x: number): number {
  // Beyond, it is 0 or 1 to 1e-15.
  if (x < -8) return 0;
  if (x > 8) return 1;
  let [sum, term] = [x, x];
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}
