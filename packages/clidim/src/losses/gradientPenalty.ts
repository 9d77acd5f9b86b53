import { grad } from "@clidim/autograd";
import { add, mean, mul, sqrt, square, sub, sum, type Tensor, uniform } from "@clidim/tensor";

/**
 * How far the gradient of `judge` is from length 1 between real and fake images (Gulrajani et al. 2017): with a U(0, 1) per sample and
 * x = a real + (1 - a) fake, the mean over samples of (|d sum(judge(x)) / dx + 1e-16| - 1)^2, the length over all elements of a
 * sample. Differentiating it takes second derivatives of `judge`.
 */
export function gradientPenalty(
  judge: (x: Tensor) => Tensor,
  key: Tensor,
  real: Tensor,
  fake: Tensor,
): Tensor {
  const [batch = 0, ...inner] = real.shape;
  const share = uniform(key, [batch, ...inner.map(() => 1)]);
  const between = add(mul(real, share), mul(fake, sub(1, share)));
  const gradient = grad((x: Tensor) => sum(judge(x)))(between);
  const axes = inner.map((_, i) => i + 1);
  return mean(square(sub(sqrt(sum(square(add(gradient, 1e-16)), axes)), 1)));
}
