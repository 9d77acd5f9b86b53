import { add, mul, sub } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { gt } from "../ops/comparison.js";
import { zeros } from "../ops/creation.js";
import { arange } from "../ops/ranges.js";
import { scan } from "../ops/scan.js";
import { where } from "../ops/where.js";
import type { Tensor } from "../tensor.js";
import { aboveZero } from "./unitInterval.js";

/**
 * Counts from 0 to `most`, by going through them: how many have a summed probability below a uniform number. `first` is the probability of 0, and `ratio(k)` that of k over that of k - 1,
 * for a scalar k from 1 on.
 */
export function bySearch(
  op: string,
  key: Tensor,
  most: number,
  first: Tensor,
  ratio: (k: Tensor) => Tensor,
): Tensor {
  const { carry } = scan(
    (state: { readonly left: Tensor; readonly p: Tensor; readonly count: Tensor }, k: Tensor) => {
      const isAbove = gt(state.left, state.p);
      return {
        carry: {
          // What is left of the number after the counts so far.
          left: where(isAbove, sub(state.left, state.p), -1),
          p: mul(state.p, ratio(k)),
          count: add(state.count, cast(isAbove, "f32")),
        },
        y: undefined,
      };
    },
    { left: aboveZero(op, key, first.shape), p: first, count: zeros(first.shape) },
    arange(1, most + 1, 1, "f32"),
  );
  return carry.count;
}
