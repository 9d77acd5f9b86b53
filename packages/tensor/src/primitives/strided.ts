import { type Shape, sizeOf } from "../shape.js";

/**
 * Visits every index of `shape` in row-major order with its linear position and `offset + sum(index * strides)`.
 * A stride of 0 repeats an axis, a negative one walks it backwards.
 */
export function forEachStrided(
  shape: Shape,
  strides: readonly number[],
  offset: number,
  visit: (position: number, strided: number) => void,
): void {
  const rank = shape.length;
  const size = sizeOf(shape);
  const index = shape.map(() => 0);
  let strided = offset;
  for (let position = 0; position < size; position++) {
    visit(position, strided);
    for (let axis = rank - 1; axis >= 0; axis--) {
      strided += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      strided -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** The elements of `data` at `offset + sum(index * strides)`, row-major over `shape`. */
export function readStrided(
  data: Float64Array,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  forEachStrided(shape, strides, offset, (position, strided) => {
    out[position] = data[strided]!;
  });
  return out;
}
