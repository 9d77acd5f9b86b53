import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, mul, sub } from "./arithmetic.js";
import { lt } from "./comparison.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** start + weight (end - start), from the nearer end, so that both ends are exact: PyTorch's `lerp`. */
export function lerp(start: TensorLike, end: TensorLike, weight: TensorLike): Tensor {
  const [from, to, share] = broadcastOperands("lerp", [start, end, weight]);
  expectDType("lerp", "start", from, "float");
  const way = sub(to, from);
  const [forth, back] = [add(from, mul(share, way)), sub(to, mul(way, sub(1, share)))];
  if (typeof weight === "number") return Math.abs(weight) < 0.5 ? forth : back;
  return where(lt(abs(share), 0.5), forth, back);
}
