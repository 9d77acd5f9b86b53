import { mapTree, type Tensor } from "@clidim/tensor";

/** `f` on every leaf of a tree of tensors, or on the leaves of two trees of the same structure. */
export function mapLeaves<P>(f: (leaf: Tensor) => Tensor, tree: P): P;
export function mapLeaves<P>(f: (a: Tensor, b: Tensor) => Tensor, a: P, b: P): P;
export function mapLeaves<P>(f: (a: Tensor, b: Tensor) => Tensor, ...trees: readonly P[]): P {
  // mapTree's type spells the structure out, which an open P has not; tensors mapped to tensors keep the type, whatever it is.
  const map = mapTree as unknown as (f: (a: Tensor, b: Tensor) => Tensor, ...trees: readonly P[]) => P;
  return map(f, ...trees);
}
