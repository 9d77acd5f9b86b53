import { add, minimum, mul, sub } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { and, shiftRight } from "../ops/logic.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { randomWords } from "./randomWords.js";

/**
 * Uniform f32 between 0 and 1, neither of them: (word + 1/2) 2^-32, rounded, from 2^-33 to 1 - 2^-24. It is finer near 0 than `uniform`, so that what has a long tail there reaches
 * further.
 */
export const aboveZero = (op: string, key: Tensor, shape: Shape): Tensor =>
  minimum(mul(add(cast(randomWords(op, key, shape), "f32"), 0.5), 2 ** -32), 1 - 2 ** -24);

/** Such a number of 31 bits, which may be 1, and -1 or 1 by the last bit: the part of a tail, and which one. */
export function tailAndSide(op: string, key: Tensor, shape: Shape): { tail: Tensor; side: Tensor } {
  const word = randomWords(op, key, shape);
  return {
    tail: mul(add(cast(shiftRight(word, 1), "f32"), 0.5), 2 ** -31),
    side: sub(mul(cast(and(word, 1), "f32"), 2), 1),
  };
}
