import { crossEntropy } from "@clidim/nn";
import {
  add,
  and,
  arange,
  concat,
  eye,
  matmul,
  mul,
  not,
  or,
  rem,
  type Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { type ContrastiveOptions, embeddings, minusInfinity } from "./contrastiveOptions.js";

/**
 * The normalised, temperature-scaled cross-entropy of SimCLR (Chen et al. 2020) between two views a and b [N,D] of the same samples: with
 * z = [a; b] and S = z z^T / temperature, the mean over all 2N rows of
 *
 *     -log( exp(S_ip) / sum_{j != i} exp(S_ij) ),  p the other view of i
 *
 * (the authors' code adds the means over both halves, which is twice this).
 */
export function ntXent(a: Tensor, b: Tensor, options: ContrastiveOptions = {}): Tensor {
  const { temperature = 0.1, exclude } = options;
  const z = concat(embeddings("ntXent", a, b, options), 0);
  const n = a.shape[0]!;
  const logits = mul(matmul(z, transpose(z, [1, 0])), 1 / temperature);
  const self = eye(2 * n, "bool");
  const unseen = exclude
    ? or(self, concat(Array(2).fill(rowOf(and(exclude, not(eye(n, "bool"))))), 0))
    : self;
  return crossEntropy(where(unseen, minusInfinity, logits), rem(add(arange(2 * n), n), 2 * n));
}

const rowOf = (mask: Tensor): Tensor => concat([mask, mask], 1);
