/**
 * exp(-x) I0(x) of a number x from 0 on, in float64: the mean of exp(x (cos t - 1)) over a circle, of which that over N equal steps differs by twice the scaled Bessel function of order N,
 * about exp(-N^2 / (2 x)); far out its asymptotic series, to 1e-13.
 */
export function scaledBesselI0(x: number): number {
  if (x > 1e4) return (1 + (1 + 9 / (16 * x)) / (8 * x)) / Math.sqrt(2 * Math.PI * x);
  const steps = 24 + Math.ceil(9 * Math.sqrt(x));
  let sum = 0;
  for (let j = 0; j < steps; j++) sum += Math.exp(-2 * x * Math.sin((Math.PI * j) / steps) ** 2);
  return sum / steps;
}
