import { formatShape, type Tensor } from "@clidim/tensor";
import { l2Normalize } from "./l2Normalize.js";

export interface ContrastiveOptions {
  /** Similarities are divided by it. Default 0.1. */
  readonly temperature?: number;
  /** Divide the embeddings by their lengths, so that similarities are cosines. Default true. */
  readonly l2norm?: boolean;
  /** bool [N,N]: true where embeddings of samples i and j are not to count as different, such as overlapping crops of one scene. */
  readonly exclude?: Tensor;
}

/** Stands for minus infinity among logits: its exponential is 0, and it has no NaN in its gradient. */
export const minusInfinity = -1e30;

/** Queries and keys [N,D] ready for products. */
export function embeddings(
  op: string,
  queries: Tensor,
  keys: Tensor,
  { l2norm = true, exclude }: ContrastiveOptions,
): readonly [queries: Tensor, keys: Tensor] {
  const [n] = queries.shape;
  if (queries.shape.length !== 2 || formatShape(queries.shape) !== formatShape(keys.shape)) {
    throw new Error(
      `${op}: expected queries and keys of one shape [N,D], got ${formatShape(queries.shape)} and ${formatShape(keys.shape)}`,
    );
  }
  if (exclude && (exclude.dtype !== "bool" || formatShape(exclude.shape) !== `[${n},${n}]`)) {
    throw new Error(
      `${op}: expected exclude bool [${n},${n}], got ${exclude.dtype} ${formatShape(exclude.shape)}`,
    );
  }
  return l2norm ? [l2Normalize(queries), l2Normalize(keys)] : [queries, keys];
}
