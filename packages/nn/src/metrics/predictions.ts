import { argmax, cast, formatShape, isFloat, Tensor } from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";

/**
 * The classes that are predicted, i32 [...]: given as such, or as scores [..., C] of which the largest counts. Throws unless there is one for
 * each of the targets, class indices [...] (i32 or u32).
 */
export function predictedClasses(op: string, predicted: Tensor, target: Tensor): Tensor {
  for (const [name, value] of Object.entries({ predicted, target })) {
    if (!(value instanceof Tensor)) {
      throw new Error(`${op}: ${name} must be a tensor, got ${show(value)}; wrap arrays with tensor()`);
    }
  }
  if (target.dtype !== "i32" && target.dtype !== "u32") {
    throw new Error(`${op}: target must be class indices, integers, got ${describe(target)}; cast to i32`);
  }
  const scores = isFloat(predicted.dtype);
  const given = scores ? predicted.shape.slice(0, -1) : predicted.shape;
  if ((scores && predicted.shape.length === 0) || formatShape(given) !== formatShape(target.shape)) {
    throw new Error(
      `${op}: for target ${describe(target)}, expected class indices of its shape or scores with classes on a last axis, got ${describe(predicted)}`,
    );
  }
  return scores ? argmax(predicted, -1) : cast(predicted, "i32");
}
