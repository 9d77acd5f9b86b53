import { crossEntropy } from "@clidim/nn";
import { and, arange, eye, matmul, mul, not, type Tensor, transpose, where } from "@clidim/tensor";
import { type ContrastiveOptions, embeddings, minusInfinity } from "./contrastiveOptions.js";

/**
 * InfoNCE of queries against keys [N,D], one-sided (van den Oord et al. 2018): with S = Q K^T / temperature,
 *
 *     mean over i of -log( exp(S_ii) / sum_j exp(S_ij) )
 *
 * The released code has no `l2norm`.
 */
export function infoNce(queries: Tensor, keys: Tensor, options: ContrastiveOptions = {}): Tensor {
  const { temperature = 0.1, exclude } = options;
  const [q, k] = embeddings("infoNce", queries, keys, options);
  const n = q.shape[0]!;
  const logits = mul(matmul(q, transpose(k, [1, 0])), 1 / temperature);
  const shown = exclude ? where(and(exclude, not(eye(n, "bool"))), minusInfinity, logits) : logits;
  return crossEntropy(shown, arange(n));
}
