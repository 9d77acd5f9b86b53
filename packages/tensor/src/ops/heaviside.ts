import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { isnan } from "./classification.js";
import { eq, gt } from "./comparison.js";
import { stopGradient } from "./control.js";
import { and, not } from "./logic.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** 0 below 0, 1 above, `atZero` at 0, 0 of NaN, as PyTorch's `heaviside` has it; no gradient. */
export function heaviside(x: TensorLike, atZero: TensorLike): Tensor {
  const [position, middle] = broadcastOperands("heaviside", [x, atZero]);
  expectDType("heaviside", "x", position, "float");
  expectDType("heaviside", "atZero", middle, "float");
  const isAbove = and(gt(position, 0), not(isnan(position)));
  const isZero = and(eq(position, 0), not(isnan(position)));
  return stopGradient(where(isZero, middle, cast(isAbove, position.dtype)));
}
