import { valueAndGrad } from "@clidim/autograd";
import type { AdamState, Layer, Optimizer } from "@clidim/nn";
import { add, concat, mul, type Tensor } from "@clidim/tensor";
import { ganLoss } from "../losses/ganLoss.js";
import type { DiscriminatorTree } from "../model/discriminator.js";
import type { TrainingBatch } from "./normalizeBatch.js";
import type { NetworkState } from "./state.js";

/**
 * One adversarial update of the discriminator: L = (BCE(D([noisy, fake]), 0) + BCE(D([noisy, clean]), 1)) / 2. The fake and the real pass
 * are separate, each with its own batch statistics, and move the running statistics in this order. `fake` is a constant.
 */
export function discriminatorStep(
  discriminator: Layer<DiscriminatorTree, DiscriminatorTree>,
  optimizer: Optimizer<AdamState>,
  state: NetworkState<DiscriminatorTree>,
  { noisy, clean, fake }: TrainingBatch & { readonly fake: Tensor },
): { readonly state: NetworkState<DiscriminatorTree>; readonly loss: Tensor } {
  const lossOf = (params: DiscriminatorTree) => {
    const onFake = discriminator.apply({ params, stats: state.stats }, concat([noisy, fake], 3), {
      train: true,
    });
    const onReal = discriminator.apply({ params, stats: onFake.stats }, concat([noisy, clean], 3), {
      train: true,
    });
    const loss = mul(add(ganLoss(onFake.output, false), ganLoss(onReal.output, true)), 0.5);
    return { loss, aux: onReal.stats };
  };
  const { value, grads, aux: stats } = valueAndGrad(lossOf)(state.params);
  const updated = optimizer.update(grads, state.optimizer, state.params);
  return { state: { params: updated.params, stats, optimizer: updated.state }, loss: value };
}
