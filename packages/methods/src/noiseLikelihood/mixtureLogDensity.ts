import { type Affine, largestDensity, leastDensity, type NoiseMixture } from "@clidim/imaging";
import {
  add,
  clip,
  div,
  exp,
  full,
  log,
  maximum,
  mul,
  square,
  stopGradient,
  sub,
  type Tensor,
  zerosLike,
} from "@clidim/tensor";

const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

/** log sum_k exp(term_k), elementwise; finite where the terms are. */
function logSumOfTerms(terms: readonly Tensor[]): Tensor {
  const most = stopGradient(terms.reduce((a, b) => maximum(a, b)));
  return add(log(total(terms.map((term) => exp(sub(term, most))))), most);
}

/**
 * log(p(x | s) + d) with p the density of a noise mixture, whose grey values `units` turns into network values. With t, weights w, variances v and means m of the components as `NoiseMixture` has them,
 *
 *     log p = log sum_k exp(log w_k - log(2 pi v_k) / 2 - (x - m_k)^2 / (2 v_k))
 *
 * is computed in logarithms, so that it and its gradient are finite however far x and s are apart. d is `leastDensity`, PPN2V's 1e-10 per grey value of a camera: no observation is impossible, and far-off signals are all alike.
 */
export function mixtureLogDensity(
  mixture: NoiseMixture,
  { scale, offset }: Affine,
): (x: Tensor, s: Tensor) => Tensor {
  const { low, high, leastVariance, mean, logVariance, weight } = mixture;
  // A density per grey value is `scale` times that per network value.
  const constant = Math.log(scale) - 0.5 * Math.log(2 * Math.PI);
  const least = Math.log(leastDensity(largestDensity(mixture)));
  const span = high > low ? scale * (high - low) : 1;
  return (x, s) => {
    const t = clip(div(sub(s, scale * low + offset), span), 0, 1);
    const polynomial = (coefficients: readonly number[]): Tensor =>
      coefficients.reduceRight<Tensor>((sum, c) => add(mul(sum, t), c), zerosLike(t));
    const variances = logVariance.map((coefficients) =>
      maximum(polynomial(coefficients.map((c) => Math.exp(c) * scale ** 2)), leastVariance * scale ** 2),
    );
    const { means, logWeights } = centres();
    const terms = variances.map((variance, k) => {
      const distance = div(square(sub(x, means[k]!)), variance);
      const density = add(mul(add(distance, log(variance)), -0.5), constant);
      return logWeights[k] ? add(density, logWeights[k]) : density;
    });
    return logSumOfTerms([...terms, full([], least)]);

    function centres(): { readonly means: readonly Tensor[]; readonly logWeights: readonly Tensor[] } {
      // Of one component the weight is 1 and the mean is the signal.
      if (weight.length === 1) return { means: [s], logWeights: [] };
      const logits = weight.map(polynomial);
      const normalizer = logSumOfTerms(logits);
      const weights = logits.map((logit) => sub(logit, normalizer));
      const shifts = mean.map((coefficients) => polynomial(coefficients.map((c) => c * scale)));
      const average = total(shifts.map((shift, k) => mul(exp(weights[k]!), shift)));
      return { means: shifts.map((shift) => add(s, sub(shift, average))), logWeights: weights };
    }
  };
}
