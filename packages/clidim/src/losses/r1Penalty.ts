import { grad } from "@clidim/autograd";
import { div, mean, sizeOf, square, sum, type Tensor } from "@clidim/tensor";

/**
 * How steep `judge` is at real images (Mescheder et al. 2018): with L logits per sample, the mean over samples of |d sum(judge(real)) / d real|^2 / L, the length over all elements of a
 * sample. Divided by L it does not depend on the size of the images, as each logit sees a patch. Differentiating it takes second derivatives of `judge`.
 */
export function r1Penalty(judge: (x: Tensor) => Tensor, real: Tensor): Tensor {
  const [batch = 0, ...inner] = real.shape;
  let logits = 0;
  const gradient = grad((x: Tensor) => {
    const judged = judge(x);
    logits = sizeOf(judged.shape) / batch;
    return sum(judged);
  })(real);
  const axes = inner.map((_, i) => i + 1);
  return div(mean(sum(square(gradient), axes)), logits);
}
