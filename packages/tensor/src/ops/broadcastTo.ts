import { expectNumbers, expectTensor } from "../primitives/expect.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";

/** `x` stretched to `shape`: missing leading axes are added, extents of 1 repeat. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  expectTensor("broadcastTo", "x", x);
  expectNumbers("broadcastTo", "shape", shape, "write broadcastTo(x, [2, 3])");
  if (sameShape(x.shape, shape)) return x;
  const missing = shape.length - x.shape.length;
  const stretches =
    missing >= 0 && x.shape.every((extent, axis) => extent === 1 || extent === shape[axis + missing]);
  if (!stretches) {
    throw new Error(
      `broadcastTo: x ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}; aligned at the last axis, extents must be equal or 1`,
    );
  }
  const aligned = reshape(x, [...shape.slice(0, missing).fill(1), ...x.shape]);
  return sameShape(aligned.shape, shape) ? aligned : apply("broadcast", [aligned], { shape: [...shape] });
}
