/**
 * `length` numbers in [-0.5, 0.5) that every implementation makes for itself: a hash of the index (Murmur's finaliser) and `seed`.
 * peers/pytorch.py has the same.
 */
export function values(length, seed) {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    h ^= h >>> 16;
    out[i] = (h >>> 8) / 2 ** 24 - 0.5;
  }
  return out;
}

/** What is compared between implementations: mean and mean square of a result, which do not depend on its layout. */
export function fingerprint(data) {
  let sum = 0;
  let squares = 0;
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  return { mean: sum / data.length, square: squares / data.length };
}

/** Axes reordered: `permutation[k]` is the axis of the input that becomes axis k. */
export function transposed(data, shape, permutation) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const extents = permutation.map((axis) => shape[axis]);
  const steps = permutation.map((axis) => strides[axis]);
  const out = new Float32Array(data.length);
  const index = extents.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from];
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < extents[axis]) break;
      from -= steps[axis] * extents[axis];
      index[axis] = 0;
    }
  }
  return out;
}
