import {
  and,
  cast,
  div,
  eq,
  expandDims,
  eye,
  formatShape,
  logSumExp,
  matmul,
  maximum,
  mean,
  mul,
  not,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { minusInfinity } from "./contrastiveOptions.js";
import { l2Normalize } from "./l2Normalize.js";

export interface SupConOptions {
  /** Default 0.07. */
  readonly temperature?: number;
  /** The loss is scaled by temperature / baseTemperature. Default: the temperature. */
  readonly baseTemperature?: number;
  /** Divide the embeddings by their lengths. Default true. */
  readonly l2norm?: boolean;
}

/**
 * Supervised contrastive loss (Khosla et al. 2020, the form with the sum outside) of embeddings z [N,D]: with S = z z^T / temperature and P(i)
 * the other samples that belong to i, the mean over i of
 *
 *     -(temperature / baseTemperature) mean_{p in P(i)} [ S_ip - log sum_{j != i} exp(S_ij) ]
 *
 * Who belongs together is said by `labels` i32 [N], or by a mask bool [N,N] whose diagonal does not matter. A sample that belongs to no other adds 0.
 */
export function supCon(z: Tensor, labels: Tensor, options: SupConOptions = {}): Tensor {
  const { temperature = 0.07, baseTemperature = temperature, l2norm = true } = options;
  const [n] = z.shape;
  const given = `${labels.dtype} ${formatShape(labels.shape)}`;
  if (z.shape.length !== 2 || !n || (given !== `i32 [${n}]` && given !== `bool [${n},${n}]`)) {
    throw new Error(
      `supCon: expected z [N,D] with labels i32 [N] or bool [N,N], got z ${formatShape(z.shape)} and ${given}`,
    );
  }
  const others = not(eye(n, "bool"));
  const together = labels.dtype === "bool" ? labels : eq(expandDims(labels, 1), expandDims(labels, 0));
  const positive = cast(and(together, others), z.dtype);
  const unit = l2norm ? l2Normalize(z) : z;
  const logits = mul(matmul(unit, transpose(unit, [1, 0])), 1 / temperature);
  const total = logSumExp(where(others, logits, minusInfinity), 1, { keepDims: true });
  const perAnchor = div(sum(mul(positive, sub(total, logits)), 1), maximum(sum(positive, 1), 1));
  return mul(mean(perAnchor), temperature / baseTemperature);
}
