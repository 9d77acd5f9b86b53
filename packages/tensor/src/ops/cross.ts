import { describe, expectDType, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { roll } from "./flip.js";
import { broadcastOperands } from "./tensorLike.js";

/** The cross product of vectors of three numbers along `axis`, all else broadcast: NumPy's, PyTorch's (`linalg.cross`) and JAX's `cross`. */
export function cross(a: Tensor, b: Tensor, axis = -1): Tensor {
  const op = "cross";
  expectDType(op, "a", a, "numeric");
  expectDType(op, "b", b, "numeric");
  const [x, y] = broadcastOperands(op, [a, b]);
  const resolved = normalizeAxis(op, axis, x.shape.length);
  if (x.shape[resolved] !== 3) {
    throw new Error(`${op}: axis ${resolved} must have three numbers, got ${describe(a)} and ${describe(b)}`);
  }
  const turned = (from: Tensor, by: number): Tensor => roll(from, by, resolved);
  return sub(mul(turned(x, -1), turned(y, -2)), mul(turned(x, -2), turned(y, -1)));
}
