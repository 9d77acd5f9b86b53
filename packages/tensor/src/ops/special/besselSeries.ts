import type { Tensor } from "../../tensor.js";
import { polynomial } from "../polynomial.js";

/** Euler's constant. */
export const euler = 0.5772156649015329;

/** 1 + 1/2 + ... + 1/k. */
export const harmonic = (k: number): number => (k === 0 ? 0 : harmonic(k - 1) + 1 / k);

/** The sum of weight(k) z^k / (k! (k + order)!) over k from 0 to `last`: what all Bessel functions of whole order are made of around 0, where z is x^2 / 4, or what is against it. */
export function series(
  z: Tensor,
  order: 0 | 1,
  last: number,
  weight: (k: number) => number = () => 1,
): Tensor {
  const coefficients: number[] = [];
  let factorials = 1;
  for (let k = 0; k <= last; k++) {
    if (k > 0) factorials *= k * (k + order);
    coefficients.unshift(weight(k) / factorials);
  }
  const [first, second, ...rest] = coefficients;
  return polynomial(z, [first!, second!, ...rest]);
}
