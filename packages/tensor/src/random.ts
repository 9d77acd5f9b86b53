import { expectWithin } from "./distributions/expectWithin.js";
import { floatBelow } from "./distributions/floatBelow.js";
import { counter, expectKey, randomWords } from "./distributions/randomWords.js";
import { add, minimum, mul, rem } from "./ops/arithmetic.js";
import { cast } from "./ops/cast.js";
import { lt } from "./ops/comparison.js";
import { chunk, concat } from "./ops/concat.js";
import { tensor } from "./ops/creation.js";
import { erfinv } from "./ops/erfinv.js";
import { take } from "./ops/indexing.js";
import { or, shiftRight } from "./ops/logic.js";
import { reshape } from "./ops/reshape.js";
import { argsort } from "./ops/sort.js";
import { broadcastOperands } from "./ops/tensorLike.js";
import { describe, expectOptions, normalizeAxis, show } from "./primitives/expect.js";
import { type Shape, sizeOf } from "./shape.js";
import { apply, Tensor } from "./tensor.js";

// A key is u32 [2] and stands for a stream of random words: the same key always gives the same numbers. The second counter word
// keeps the three uses of a key apart: draws, split, foldIn.

/** The key of a seed, a whole number from 0 to 2^53 - 1. */
export function key(seed: number): Tensor {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`key: seed must be a whole number from 0 to 2^53 - 1, got ${seed}`);
  }
  return tensor([Math.floor(seed / 2 ** 32), seed % 2 ** 32], { dtype: "u32" });
}

/** As many tensors as a literal `N` up to 16 says, so that keys can be taken apart by name. */
type Keys<N extends number, T extends Tensor[] = []> = number extends N
  ? Tensor[]
  : T["length"] extends N
    ? T
    : T["length"] extends 16
      ? Tensor[]
      : Keys<N, [...T, Tensor]>;

/** `n` independent keys (default 2). The given one must not be used again. */
export function split<const N extends number = 2>(key: Tensor, n?: N): Keys<N> {
  expectKey("split", key);
  const count = n ?? 2;
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`split: n must be a whole number of at least 1, got ${show(n)}`);
  }
  const words = apply("randomBits", [key, counter(0, 1)], { shape: [count, 2] });
  // `chunk` makes `count` pieces, which is N.
  return chunk(words, count, 0).map((word) => reshape(word, [2])) as Keys<N>;
}

/** A key for each `data`, a u32 number or scalar tensor such as a step or an index; independent of `key` and of its split. */
export function foldIn(key: Tensor, data: number | Tensor): Tensor {
  expectKey("foldIn", key);
  if (!(data instanceof Tensor) && data !== data >>> 0) {
    throw new Error(
      `foldIn: data must be a whole number from 0 to 2^32 - 1, or a u32 scalar, got ${show(data)}`,
    );
  }
  const position = data instanceof Tensor ? data : tensor(data, { dtype: "u32" });
  if (position.dtype !== "u32" || sizeOf(position.shape) !== 1) {
    throw new Error(`foldIn: data must be a u32 scalar, got ${describe(position)}; cast first`);
  }
  const counter = concat([reshape(position, [1]), tensor([2], { dtype: "u32" })], 0);
  return apply("randomBits", [key, counter], { shape: [2] });
}

/** Uniform u32 words. */
export const randomBits = (key: Tensor, shape: Shape): Tensor => randomWords("randomBits", key, shape);

const unitInterval = (op: string, key: Tensor, shape: Shape): Tensor =>
  mul(cast(shiftRight(randomWords(op, key, shape), 8), "f32"), 2 ** -24);

/** Uniform f32 in [low, high): 24 random bits, so multiples of (high - low) * 2^-24. */
export function uniform(
  key: Tensor,
  shape: Shape,
  options: { readonly low?: number; readonly high?: number } = {},
): Tensor {
  expectOptions("uniform", options, ["low", "high"]);
  const { low = 0, high = 1 } = options;
  const unit = unitInterval("uniform", key, shape);
  if (low === 0 && high === 1) return unit;
  const scaled = add(mul(unit, high - low), low);
  // The sum may be rounded up to the end, which does not belong to it.
  return high > low ? minimum(scaled, floatBelow(high)) : scaled;
}

/** Normal f32 with mean 0 and variance 1: sqrt(2) erfinv of a uniform number in (-1, 1). Reaches 5.4 on both sides. */
export function normal(key: Tensor, shape: Shape): Tensor {
  // Odd multiples of 2^-24: symmetric about 0, exact in f32 and never -1 or 1.
  const odd = add(cast(or(shiftRight(randomWords("normal", key, shape), 7), 1), "i32"), -(2 ** 24));
  return mul(erfinv(mul(cast(odd, "f32"), 2 ** -24)), Math.SQRT2);
}

/** bool, true with probability `p`, a number or a tensor that broadcasts to `shape`. */
export function bernoulli(key: Tensor, p: number | Tensor, shape: Shape): Tensor {
  expectWithin("bernoulli", shape, p);
  return lt(...broadcastOperands("bernoulli", [unitInterval("bernoulli", key, shape), p]));
}

/** Whole numbers i32 in [low, high); a value is off its fair share by less than (high - low) * 2^-32. */
export function randomInteger(key: Tensor, low: number, high: number, shape: Shape): Tensor {
  if (
    !Number.isInteger(low) ||
    !Number.isInteger(high) ||
    low >= high ||
    low < -(2 ** 31) ||
    high > 2 ** 31
  ) {
    throw new Error(
      `randomInteger: low and high must be whole numbers with -2^31 <= low < high <= 2^31, got ${low}, ${high}`,
    );
  }
  const words = randomWords("randomInteger", key, shape);
  // Every word is one of 2^32 values already, which no u32 counts.
  const below = high - low === 2 ** 32 ? words : rem(words, high - low);
  return add(cast(below, "i32"), low);
}

/**
 * 0, 1, ..., n - 1 in random order (i32 [n]), or a tensor's elements along `axis` (default 0), by sorting random words. Two words are equal with probability 2^-32,
 * and then keep the order of their positions.
 */
export function permutation(key: Tensor, x: number | Tensor, axis = 0): Tensor {
  if (x instanceof Tensor) {
    const along = normalizeAxis("permutation", axis, x.shape.length);
    return take(x, argsort(randomWords("permutation", key, [x.shape[along]!])), along);
  }
  if (!Number.isInteger(x) || x < 0) {
    throw new Error(`permutation: expected a whole number or a tensor, got ${show(x)}`);
  }
  return argsort(randomWords("permutation", key, [x]));
}
