import {
  add,
  cast,
  div,
  eq,
  isFloat,
  isnan,
  mean,
  mul,
  searchsorted,
  sort,
  sub,
  sum,
  Tensor,
  tensor,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { checkShape } from "../losses/operands.js";

/**
 * The area under the receiver operating characteristic: the probability that a positive (target 1) has a higher score than a negative
 * (target 0), ties counting half; scores [N], targets [N]. By the mean rank of the positives (Mann and Whitney). NaN without positives or
 * without negatives.
 */
export function rocAuc(scores: Tensor, target: Tensor): Tensor {
  const op = "rocAuc";
  if (!(scores instanceof Tensor) || !isFloat(scores.dtype) || scores.shape.length !== 1) {
    throw new Error(`${op}: expected scores of shape [N], floating point, got ${show(scores)}`);
  }
  checkShape(op, "target", target, scores.shape);
  const count = scores.shape[0]!;
  const ordered = sort(scores);
  const below = searchsorted(ordered, scores, { side: "left" });
  const upTo = searchsorted(ordered, scores, { side: "right" });
  const rank = mul(add(cast(add(below, upTo), "f32"), 1), 0.5);
  const positive = cast(eq(cast(target, "i32"), 1), "f32");
  const positives = sum(positive);
  const meanRank = div(sum(mul(rank, positive)), positives);
  const area = div(sub(meanRank, mul(add(positives, 1), 0.5)), sub(count, positives));
  // A score that is no number has no rank.
  return where(eq(mean(cast(isnan(scores), "f32")), 0), area, tensor(Number.NaN));
}
