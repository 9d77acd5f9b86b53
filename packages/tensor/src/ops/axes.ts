import { expectNumbers, normalizeAxis } from "../primitives/expect.js";
import { formatShape, type Shape } from "../shape.js";

/** Whether an axis is that of a scalar, which PyTorch takes for a list of one element: 0 or -1. */
export const isScalarAxis = (x: { readonly shape: Shape }, axis: number | undefined): boolean =>
  x.shape.length === 0 && (axis === 0 || axis === -1);

/** Axes as distinct, ascending, non-negative numbers; undefined means all of them. A scalar has the axis of a list of one, and nothing to name by it. */
export function resolveAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  shape: Shape,
): number[] {
  if (axes === undefined) return [...shape.keys()];
  if (typeof axes !== "number") expectNumbers(op, "axes", axes, "or a number for one axis");
  const resolved = [axes].flat().map((axis) => normalizeAxis(op, axis, Math.max(1, shape.length)));
  if (new Set(resolved).size !== resolved.length) {
    throw new Error(`${op}: axes [${[axes].flat().join(",")}] name an axis of x ${formatShape(shape)} twice`);
  }
  return shape.length === 0 ? [] : resolved.sort((a, b) => a - b);
}
