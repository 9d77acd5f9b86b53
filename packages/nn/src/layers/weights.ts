import { type Shape, split, type Tensor } from "@clidim/tensor";
import { type AcceptedOptions, flag, initializer } from "../checkOptions.js";
import { fanInUniform } from "../initializers/fanInUniform.js";
import type { Fans, Initializer } from "../initializers/initializer.js";
import { kaimingUniform } from "../initializers/kaiming.js";

/** `bias` is absent where the layer was made without. */
export type WeightAndBias = { readonly weight: Tensor; readonly bias?: Tensor };

export interface WeightOptions {
  /** Add a bias per output channel. Default true. */
  readonly bias?: boolean;
  /** Default: kaimingUniform with a = sqrt(5), that is U(-1/sqrt(fanIn), 1/sqrt(fanIn)). */
  readonly weightInit?: Initializer;
  /** Default: U(-1/sqrt(fanIn), 1/sqrt(fanIn)), with the fan of the weight. */
  readonly biasInit?: Initializer;
}

/** What these options may be. */
export const weightOptions: AcceptedOptions<WeightOptions> = {
  bias: flag,
  weightInit: initializer,
  biasInit: initializer,
};

/** PyTorch's initialisation of linear and convolution layers. */
export function initWeightAndBias(
  key: Tensor,
  shape: Shape,
  biasLength: number,
  fans: Fans,
  {
    bias = true,
    weightInit = kaimingUniform({ slope: Math.sqrt(5) }),
    biasInit = fanInUniform(),
  }: WeightOptions,
): WeightAndBias {
  const [weightKey, biasKey] = split(key) as [Tensor, Tensor]; // split makes two unless told otherwise
  const weight = weightInit(weightKey, shape, fans);
  return bias ? { weight, bias: biasInit(biasKey, [biasLength], fans) } : { weight };
}
