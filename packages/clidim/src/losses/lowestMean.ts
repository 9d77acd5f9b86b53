import {
  argsort,
  cast,
  ceil,
  clip,
  div,
  formatShape,
  lt,
  mul,
  sizeOf,
  sub,
  sum,
  type Tensor,
  where,
} from "@clidim/tensor";

/**
 * The mean of `losses` over those samples whose `logits` are lowest, place by place: of the N samples [N, ...] at each place the
 * ceil(fraction N) with the smallest logits. `fraction` is a scalar tensor in (0, 1]. Top-k training (Sinha et al. 2020) as the released code has it.
 */
export function lowestMean(losses: Tensor, logits: Tensor, fraction: Tensor): Tensor {
  if (formatShape(losses.shape) !== formatShape(logits.shape) || logits.shape.length < 1) {
    throw new Error(
      `lowestMean: expected losses and logits of one shape [N,...], got ${formatShape(losses.shape)} and ${formatShape(logits.shape)}`,
    );
  }
  const n = logits.shape[0]!;
  // What is a whole number in exact arithmetic must not become the next one.
  const kept = clip(ceil(sub(mul(fraction, n), 1e-4)), 1, n);
  const rank = cast(argsort(argsort(logits, 0), 0), "f32");
  const total = sum(where(lt(rank, kept), losses, 0));
  return div(total, mul(kept, sizeOf(logits.shape) / n));
}
