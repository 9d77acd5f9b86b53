import {
  and,
  cast,
  eq,
  expandDims,
  formatShape,
  gt,
  iota,
  isFloat,
  isnan,
  lt,
  mean,
  not,
  oneHot,
  or,
  sum,
  Tensor,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { checkValue, wholeFrom } from "../checkOptions.js";
import { predictedClasses } from "./predictions.js";

/** The share of predictions that are right: class indices [...] or scores [..., C], and targets [...] (i32 or u32). */
export function accuracy(predicted: Tensor, target: Tensor): Tensor {
  const classes = predictedClasses("accuracy", predicted, target);
  return mean(cast(eq(classes, cast(target, "i32")), "f32"));
}

/**
 * The share of targets [...] (i32 or u32) that are among the k largest scores [..., C]. Of equal scores the first is larger, and NaN is the
 * largest, as `topK` has it; a target whose own score is NaN is not found.
 */
export function topKAccuracy(scores: Tensor, target: Tensor, k: number): Tensor {
  const op = "topKAccuracy";
  checkValue(op, "k", k, wholeFrom(1));
  if (!(scores instanceof Tensor) || !isFloat(scores.dtype)) {
    throw new Error(`${op}: expected scores of shape [...,C], floating point, got ${show(scores)}`);
  }
  predictedClasses(op, scores, target);
  const classes = scores.shape.at(-1)!;
  if (k > classes) {
    throw new Error(
      `${op}: k must be at most the number of classes, got ${k} for scores ${formatShape(scores.shape)}`,
    );
  }
  const index = cast(target, "i32");
  const one = cast(oneHot(index, classes), "bool");
  const own = sum(where(one, scores, 0), -1, { keepDims: true });
  const earlier = lt(iota(scores.shape, scores.shape.length - 1), expandDims(index, -1));
  const before = or(or(gt(scores, own), isnan(scores)), and(eq(scores, own), earlier));
  const rank = sum(cast(before, "i32"), -1);
  const known = and(not(lt(index, 0)), lt(index, classes));
  return mean(cast(and(lt(rank, k), and(known, not(isnan(sum(own, -1))))), "f32"));
}
