import { mse } from "@clidim/nn";
import { add, cast, div, maximum, mul, sqrt, square, sub, sum, type Tensor } from "@clidim/tensor";

/**
 * The self-supervised bound of Noise2Same (Xie, Wang and Ji 2020): with the outputs f(x) for the whole images and g = f(x without J) for those without the pixels of the mask J (bool), all of one shape,
 *
 *     mean (f(x) - x)^2 + weight sqrt(mean over J of (f(x) - g)^2)
 *
 * `weight` is twice the noise's standard deviation in the bound, 2 for noise of standard deviation 1. Under the root 1e-12 is added, so that its derivative is finite where both outputs are the same.
 */
export function invarianceBound(
  whole: Tensor,
  blind: Tensor,
  image: Tensor,
  mask: Tensor,
  weight: number,
): Tensor {
  const members = cast(mask, "f32");
  const apart = div(sum(mul(square(sub(whole, blind)), members)), maximum(sum(members), 1));
  return add(mse(whole, image), mul(sqrt(add(apart, 1e-12)), weight));
}
