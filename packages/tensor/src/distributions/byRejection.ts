import { lt } from "../ops/comparison.js";
import { zerosLike } from "../ops/creation.js";
import { and } from "../ops/logic.js";
import { arange } from "../ops/ranges.js";
import { scan } from "../ops/scan.js";
import { where } from "../ops/where.js";
import { foldIn, split } from "../random.js";
import type { Tensor } from "../tensor.js";

/** A draw for each element, and which of them are taken. */
interface Attempt {
  readonly draw: Tensor;
  readonly accepted: Tensor;
}

/** The first draw of each element that is accepted, of so many attempts, each of which has two keys; where none is, what stands in `otherwise`. */
export function byRejection(
  key: Tensor,
  attempts: number,
  otherwise: Tensor,
  attempt: (first: Tensor, second: Tensor) => Attempt,
): Tensor {
  const { carry } = scan(
    (state: { readonly draw: Tensor; readonly done: Tensor }, turn: Tensor) => {
      const [first, second] = split(foldIn(key, turn));
      const { draw, accepted } = attempt(first, second);
      const isFirst = and(accepted, lt(state.done, 0.5));
      return {
        carry: { draw: where(isFirst, draw, state.draw), done: where(accepted, 1, state.done) },
        y: undefined,
      };
    },
    { draw: otherwise, done: zerosLike(otherwise) },
    arange(attempts, "u32"),
  );
  return carry.draw;
}
