import type { DType } from "./dtype.js";

/** Dimensions, outermost first; `[]` is a scalar. Data are row-major. */
export type Shape = readonly number[];

/** Shape and dtype of a value, without the value. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);

export const sameAval = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** A shape as errors write it: "[2,3]". */
export const formatShape = (shape: Shape): string => `[${shape.join(",")}]`;

/**
 * The shape that `a` and `b` broadcast to by NumPy's rule: aligned at the last axis, an extent of 1 stretches.
 * Throws `<op>: ...` where two extents differ and neither is 1.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new Error(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast (axis ${axis - rank}: ${x} against ${y}); ` +
          "extents must be equal or 1",
      );
    }
    result[axis] = x === 1 ? y : x;
  }
  return result;
}
