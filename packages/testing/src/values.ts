import { flatten, type Shape, type Tensor, type Tree, tensor, unflatten } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";

/** The values of a tensor in float64. */
export const valuesOf = (x: Tensor): number[] => [...interpret([x])[0]!];

/** A scalar's value in float64. */
export const itemOf = (x: Tensor): number => valuesOf(x)[0]!;

/** The same tree of tensors without the graph behind it, computed all at once and rounded to its dtypes. */
export function settled<T>(tree: T): T {
  // A tree of tensors, whose structure unflatten gives back.
  const { leaves, structure } = flatten(tree as Tree<Tensor>);
  const values = interpret(leaves);
  const constants = leaves.map(({ shape, dtype }, i) => tensor(values[i]!, { shape, dtype }));
  return unflatten(structure, constants) as T;
}

/** Reads row-major values by index. */
export const at =
  (values: readonly number[], shape: Shape) =>
  (...index: readonly number[]): number =>
    values[index.reduce((offset, i, axis) => offset * shape[axis]! + i, 0)]!;

/** Equal element by element, `tolerance` relative to the expected value and to 1, whichever is larger. */
export function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-9): void {
  if (actual.length !== expected.length) {
    throw new Error(`expected ${expected.length} values, got ${actual.length}`);
  }
  actual.forEach((value, i) => {
    const limit = tolerance * Math.max(1, Math.abs(expected[i]!));
    if (!(Math.abs(value - expected[i]!) <= limit)) {
      throw new Error(`element ${i}: expected ${expected[i]}, got ${value} (tolerance ${limit})`);
    }
  });
}
