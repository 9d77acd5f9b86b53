import { crossEntropy } from "@clidim/nn";
import {
  arange,
  broadcastTo,
  formatShape,
  matmul,
  mul,
  stopGradient,
  type Tensor,
  transpose,
} from "@clidim/tensor";
import { l2Normalize } from "./l2Normalize.js";

export interface PatchNceOptions {
  /** Default 0.07. */
  readonly temperature?: number;
  /** Divide the embeddings by their lengths. Default true. */
  readonly l2norm?: boolean;
}

/**
 * PatchNCE (Park et al. 2020) between embeddings of P places in each of N images, queries and keys [N,P,D]: InfoNCE within each image, the
 * positive of a query being the key of the same place, its negatives those of the other places. The mean over all places. Keys are
 * constants.
 */
export function patchNce(queries: Tensor, keys: Tensor, options: PatchNceOptions = {}): Tensor {
  const { temperature = 0.07, l2norm = true } = options;
  if (queries.shape.length !== 3 || formatShape(queries.shape) !== formatShape(keys.shape)) {
    throw new Error(
      `patchNce: expected queries and keys of one shape [N,P,D], got ${formatShape(queries.shape)} and ${formatShape(keys.shape)}`,
    );
  }
  const [n, places] = queries.shape as readonly [number, number, number];
  const [q, k] = [queries, stopGradient(keys)].map((x) => (l2norm ? l2Normalize(x) : x)) as [Tensor, Tensor];
  const logits = mul(matmul(q, transpose(k, [0, 2, 1])), 1 / temperature);
  return crossEntropy(logits, broadcastTo(arange(places), [n, places]));
}
