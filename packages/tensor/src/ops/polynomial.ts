import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";

/** The polynomial with these coefficients, highest power first. */
export const polynomial = (
  x: Tensor,
  [first, second, ...rest]: readonly [number, number, ...number[]],
): Tensor => rest.reduce((sum, coefficient) => add(mul(sum, x), coefficient), add(mul(x, first), second));
