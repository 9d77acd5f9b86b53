import { describe, expectShape } from "../primitives/expect.js";
import { broadcastShapes, formatShape, type Shape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** Throws where parameters are larger than the shape of the draws: several would share one. */
export function expectWithin(op: string, shape: Shape, ...parameters: readonly unknown[]): void {
  expectShape(op, shape);
  for (const given of parameters) {
    if (!(given instanceof Tensor) || sameShape(broadcastShapes(op, given.shape, shape), shape)) continue;
    throw new Error(
      `${op}: expected parameters that broadcast to shape ${formatShape(shape)}, got ${describe(given)}; give the shape of all draws`,
    );
  }
}
