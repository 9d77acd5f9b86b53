import { expectNumbers, normalizeAxis } from "../primitives/expect.js";
import { formatShape, type Shape } from "../shape.js";

/** Axes as distinct, ascending, non-negative numbers; undefined means all of them. */
export function resolveAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  shape: Shape,
): number[] {
  if (axes === undefined) return [...shape.keys()];
  if (typeof axes !== "number") expectNumbers(op, "axes", axes, "or a number for one axis");
  const resolved = [axes].flat().map((axis) => normalizeAxis(op, axis, shape.length));
  if (new Set(resolved).size !== resolved.length) {
    throw new Error(`${op}: axes [${[axes].flat().join(",")}] name an axis of x ${formatShape(shape)} twice`);
  }
  return resolved.sort((a, b) => a - b);
}
