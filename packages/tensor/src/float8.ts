import { fromHalf } from "./float16.js";

/** The value of a float of 8 bits with 5 of exponent, given by its bits: the upper half of an IEEE half. */
export const fromFloat8E5M2 = (bits: number): number => fromHalf(bits << 8);

/** The value of a float of 8 bits with 4 of exponent, given by its bits: bias 7, no infinity, NaN where all bits but the sign are set. */
export function fromFloat8E4M3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const fraction = bits & 7;
  if (exponent === 15 && fraction === 7) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
}
