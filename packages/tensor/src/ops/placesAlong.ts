import { describe, expectSameDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";
import { expectTensorLike, type TensorLike } from "./tensorLike.js";

/** Where the values of y along an axis are: the distance between them, or their places, which broadcast to y. Throws where x is neither. */
export function placesAlong(op: string, y: Tensor, x: TensorLike, axis: number): TensorLike {
  expectTensorLike(op, "x", x);
  if (typeof x === "number") return x;
  expectSameDType(op, [y, x]);
  const extent = y.shape[axis]!;
  if (x.shape.length === 1 && x.shape[0] === extent) {
    return reshape(
      x,
      y.shape.map((_, i) => (i === axis ? extent : 1)),
    );
  }
  const stretches =
    x.shape.length === y.shape.length &&
    x.shape.every((places, i) => places === y.shape[i] || (places === 1 && i !== axis));
  if (stretches) return x;
  throw new Error(
    `${op}: x must be a distance, the ${extent} places along axis ${axis}, or of the shape of y or broadcast to it, got ${describe(x)} for y ${describe(y)}`,
  );
}
