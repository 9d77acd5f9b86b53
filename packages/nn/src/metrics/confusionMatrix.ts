import {
  add,
  cast,
  div,
  eq,
  expandDims,
  eye,
  gt,
  iota,
  matmul,
  mean,
  mul,
  reshape,
  round,
  sizeOf,
  sub,
  sum,
  Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { aboveZero, checkOptions, checkValue, oneOf, wholeFrom } from "../checkOptions.js";
import { predictedClasses } from "./predictions.js";

/**
 * How often class j was predicted where i was right, [classes, classes], i32: predictions are class indices [...] or scores [..., C], targets
 * class indices [...] (i32 or u32). Those of several batches add up. Indices out of range are not counted. Exact up to 2^24 per element.
 */
export function confusionMatrix(predicted: Tensor, target: Tensor, classes: number): Tensor {
  const op = "confusionMatrix";
  checkValue(op, "classes", classes, wholeFrom(1));
  const given = predictedClasses(op, predicted, target);
  const one = (index: Tensor): Tensor =>
    cast(eq(expandDims(reshape(cast(index, "i32"), [sizeOf(index.shape)]), 1), iota([1, classes], 1)), "f32");
  return cast(round(matmul(transpose(one(target)), one(given))), "i32");
}

/** How the values of the classes become one: their mean ("macro"), that weighted by targets, that of all counts taken together, or all of them. */
export type Average = "macro" | "weighted" | "micro" | "none";

export interface AverageOptions {
  /** Default "macro". */
  readonly average?: Average;
}

interface Counts {
  /** Right, of each class. */
  readonly hits: Tensor;
  readonly predicted: Tensor;
  readonly targets: Tensor;
}

function countsOf(op: string, matrix: Tensor): Counts {
  const square = matrix instanceof Tensor && matrix.shape.length === 2 && matrix.shape[0] === matrix.shape[1];
  if (!square) {
    throw new Error(
      `${op}: expected a confusion matrix [classes,classes], got ${show(matrix)}; make it with confusionMatrix`,
    );
  }
  const counts = cast(matrix, "f32");
  return {
    hits: sum(mul(counts, eye(matrix.shape[0]!)), 1),
    predicted: sum(counts, 0),
    targets: sum(counts, 1),
  };
}

/** a / b, and 0 where b is 0. */
const ratio = (a: Tensor, b: Tensor): Tensor => where(gt(b, 0), div(a, where(gt(b, 0), b, 1)), 0);

/** `f` of the counts of each class, or of their sums, averaged. */
function averaged(op: string, matrix: Tensor, average: Average, f: (counts: Counts) => Tensor): Tensor {
  const counts = countsOf(op, matrix);
  switch (average) {
    case "none":
      return f(counts);
    case "macro":
      return mean(f(counts));
    case "weighted":
      return ratio(sum(mul(f(counts), counts.targets)), sum(counts.targets));
    case "micro":
      return f({ hits: sum(counts.hits), predicted: sum(counts.predicted), targets: sum(counts.targets) });
    default:
      return average satisfies never;
  }
}

const averages = oneOf("macro", "weighted", "micro", "none");

/** Of what was predicted, the share that is right, by a confusion matrix. A class that was never predicted has 0. */
export function precision(matrix: Tensor, options: AverageOptions = {}): Tensor {
  checkOptions("precision", options, { average: averages });
  return averaged("precision", matrix, options.average ?? "macro", ({ hits, predicted }) =>
    ratio(hits, predicted),
  );
}

/** Of what is there, the share that was found, by a confusion matrix. A class without targets has 0. */
export function recall(matrix: Tensor, options: AverageOptions = {}): Tensor {
  checkOptions("recall", options, { average: averages });
  return averaged("recall", matrix, options.average ?? "macro", ({ hits, targets }) => ratio(hits, targets));
}

export interface FScoreOptions extends AverageOptions {
  /** How much more recall counts than precision. Default 1. */
  readonly beta?: number;
}

/** The harmonic mean of precision and recall, by a confusion matrix: F1, or F-beta. */
export function fScore(matrix: Tensor, options: FScoreOptions = {}): Tensor {
  checkOptions("fScore", options, { average: averages, beta: aboveZero });
  const { beta = 1, average = "macro" } = options;
  return averaged("fScore", matrix, average, ({ hits, predicted, targets }) =>
    ratio(mul(hits, 1 + beta ** 2), add(predicted, mul(targets, beta ** 2))),
  );
}

/** Intersection over union of what was predicted and what is there, the Jaccard index, by a confusion matrix. A class that is in neither has 0. */
export function iou(matrix: Tensor, options: AverageOptions = {}): Tensor {
  checkOptions("iou", options, { average: averages });
  return averaged("iou", matrix, options.average ?? "macro", ({ hits, predicted, targets }) =>
    ratio(hits, sub(add(predicted, targets), hits)),
  );
}
