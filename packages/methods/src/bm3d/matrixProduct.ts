/** Transforms values in place. */
export type InPlace = (values: Float64Array) => void;

/** The product with a matrix [side, side]. */
export function matrixProduct(matrix: Float64Array, side: number): InPlace {
  const given = new Float64Array(side);
  return (values) => {
    for (let i = 0; i < side; i++) given[i] = values[i]!;
    for (let k = 0; k < side; k++) {
      let sum = 0;
      for (let i = 0; i < side; i++) sum += matrix[k * side + i]! * given[i]!;
      values[k] = sum;
    }
  };
}
