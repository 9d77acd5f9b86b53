import { expectNumbers, expectTensor, normalizeAxis } from "../primitives/expect.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";

/** The same elements in row-major order under another shape; one extent may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  expectTensor("reshape", "x", x);
  expectNumbers("reshape", "shape", shape, "write reshape(x, [2, 3])");
  let resolved = shape;
  const unknown = shape.indexOf(-1);
  if (unknown >= 0) {
    const known = -sizeOf(shape);
    const extent = sizeOf(x.shape) / known;
    if (shape.includes(-1, unknown + 1) || !Number.isInteger(extent)) {
      throw new Error(
        `reshape: cannot work out -1 in ${formatShape(shape)} for x ${formatShape(x.shape)}; ` +
          `one extent may be -1, and the product of the others must divide ${sizeOf(x.shape)} and not be 0`,
      );
    }
    resolved = shape.with(unknown, extent);
  }
  return sameShape(x.shape, resolved) ? x : apply("reshape", [x], { shape: [...resolved] });
}

/** Without axes of extent 1: the given ones (an error where the extent is not 1), or all of them. */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  expectTensor("squeeze", "x", x);
  const dropped =
    axes === undefined
      ? [...x.shape.keys()].filter((axis) => x.shape[axis] === 1)
      : [axes].flat().map((axis) => normalizeAxis("squeeze", axis, x.shape.length));
  for (const axis of dropped) {
    if (x.shape[axis] !== 1) {
      throw new Error(
        `squeeze: axis ${axis} must have extent 1, got ${x.shape[axis]} in x ${formatShape(x.shape)}; use reshape or a reduction`,
      );
    }
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

/** With a new axis of extent 1 at `axis` of the result. */
export function expandDims(x: Tensor, axis: number): Tensor {
  expectTensor("expandDims", "x", x);
  return reshape(x, x.shape.toSpliced(normalizeAxis("expandDims", axis, x.shape.length + 1), 0, 1));
}
