import type { DType } from "../dtype.js";
import type { BinaryName } from "../primitives/elementwise.js";
import { expectValue, show } from "../primitives/expect.js";
import { broadcastShapes, type Shape } from "../shape.js";
import { apply, Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { full } from "./creation.js";

/** A tensor, or a number that takes dtype and shape from the operands beside it (f32 where there is none). */
export type TensorLike = Tensor | number;

/** Throws where untyped code passed something else than a tensor or a number for the argument `name`. */
export function expectTensorLike(op: string, name: string, value: unknown, advice = ""): void {
  if (value instanceof Tensor || typeof value === "number") return;
  throw new Error(`${op}: ${name} must be a tensor or a number, got ${show(value)}${advice}`);
}

/**
 * The operands as tensors of one shape, broadcast by NumPy's rule together with a tensor of shape `beside`. Dtypes are left to the
 * primitive's check.
 */
export function broadcastOperands<const T extends readonly TensorLike[]>(
  op: string,
  operands: T,
  beside: Shape = [],
): { readonly [K in keyof T]: Tensor } {
  for (const operand of operands) {
    if (!(operand instanceof Tensor) && typeof operand !== "number") {
      throw new Error(
        `${op}: expected tensors and numbers, got ${show(operand)}; wrap other values with tensor()`,
      );
    }
  }
  const tensors = operands.filter((operand) => operand instanceof Tensor);
  const shape = tensors.reduce((merged, { shape }) => broadcastShapes(op, merged, shape), beside);
  const dtype: DType = tensors[0]?.dtype ?? "f32";
  const result = operands.map((operand) => {
    if (operand instanceof Tensor) return broadcastTo(operand, shape);
    expectValue(op, operand, dtype);
    return full(shape, operand, dtype);
  });
  // One tensor per operand; `map` forgets the length of a tuple.
  return result as unknown as { readonly [K in keyof T]: Tensor };
}

/** A binary primitive over broadcast operands. */
export const applyBinary = (op: BinaryName, a: TensorLike, b: TensorLike): Tensor =>
  apply(op, broadcastOperands(op, [a, b]), {});
