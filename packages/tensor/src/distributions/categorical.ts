import { add } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { argmax } from "../ops/reductions.js";
import { expectDType, expectOptions, expectShape, normalizeAxis } from "../primitives/expect.js";
import { broadcastShapes, formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { gumbelFor } from "./byInversion.js";

/** What is drawn, and how often. */
export interface CategoricalOptions {
  /** The axis of `logits` that counts the classes. Default the last. */
  readonly axis?: number;
  /** The shape of the result. Its last axes are those of `logits` without the classes, which are stretched where they have extent 1. Default these alone. */
  readonly shape?: Shape;
}

/**
 * Classes (i32) drawn with the probabilities softmax(logits): the largest logit after a Gumbel number is added to each. -Infinity is never drawn where another class is finite; nor, in f32, is what has a
 * probability below 1e-11. No gradient flows.
 */
export function categorical(key: Tensor, logits: Tensor, options: CategoricalOptions = {}): Tensor {
  expectDType("categorical", "logits", logits, "float");
  expectOptions("categorical", options, ["axis", "shape"]);
  const rank = logits.shape.length;
  const axis = normalizeAxis("categorical", options.axis ?? -1, rank);
  const batch = logits.shape.toSpliced(axis, 1);
  const shape = options.shape ?? batch;
  expectShape("categorical", shape);
  if (shape.length < batch.length || !sameShape(broadcastShapes("categorical", shape, batch), shape)) {
    throw new Error(
      `categorical: shape ${formatShape(shape)} must end in the axes of logits ${formatShape(logits.shape)} without axis ${axis}, ${formatShape(batch)}`,
    );
  }
  // Counted from the end, as further draws stand in front.
  const classes = shape.length + 1 - (rank - axis);
  const noise = gumbelFor("categorical", key, shape.toSpliced(classes, 0, logits.shape[axis]!));
  return argmax(add(noise, cast(logits, "f32")), classes);
}
