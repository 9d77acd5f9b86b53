import { valueAndGrad } from "@clidim/autograd";
import type { PairBatch, ScaledOptimizer } from "@clidim/denoise";
import type { Layer } from "@clidim/nn";
import { add, concat, mul, split, type Tensor } from "@clidim/tensor";
import { diffAugment } from "../augment/diffAugment.js";
import { ganLoss } from "../losses/ganLoss.js";
import { gradientPenalty } from "../losses/gradientPenalty.js";
import { r1Penalty } from "../losses/r1Penalty.js";
import type { DiscriminatorTree } from "../networks/discriminator.js";
import { discriminatorOf } from "../networks/networks.js";
import type { Configuration } from "../schema.js";
import type { NetworkState } from "../state.js";

/**
 * One adversarial update of the discriminator, with the cross-entropy of ganLoss vanilla L = (BCE(D(aug [noisy, fake]), 0) +
 * BCE(D(aug [noisy, clean]), 1)) / 2, for wgangp gradientPenalty times the penalty between both pairs more, and with r1 half of it times the penalty at the real pair. The fake and the
 * real pass are separate, each with its own batch statistics and augmentations, and move the running statistics in this order (the pass between both moves them after, that at
 * the real pair does not). `fake` is a constant. The penalties are computed in f32 whatever the precision, as halves lose small derivatives of derivatives.
 */
export function discriminatorStep(
  configuration: Pick<Configuration, "ganLoss" | "gradientPenalty" | "r1" | "diffAugment" | "ndf" | "frames">,
  discriminator: Layer<DiscriminatorTree, DiscriminatorTree>,
  optimizer: ScaledOptimizer,
  state: NetworkState<DiscriminatorTree>,
  { noisy, clean, fake }: PairBatch & { readonly fake: Tensor },
  key: Tensor,
): { readonly state: NetworkState<DiscriminatorTree>; readonly loss: Tensor } {
  const { ganLoss: mode, gradientPenalty: penaltyWeight, r1, diffAugment: policies } = configuration;
  const [fakeKey, realKey, penaltyKey] = split(key, 3);
  const lossOf = (params: DiscriminatorTree) => {
    let { stats } = state;
    const fakePairs = diffAugment(policies, fakeKey, concat([noisy, fake], 3));
    const realPairs = diffAugment(policies, realKey, concat([noisy, clean], 3));
    const judge =
      (network: Layer<DiscriminatorTree, DiscriminatorTree>) =>
      (pairs: Tensor): Tensor => {
        const result = network.apply({ params, stats }, pairs, { train: true });
        stats = result.stats;
        return result.output;
      };
    const onFake = judge(discriminator)(fakePairs);
    const onReal = judge(discriminator)(realPairs);
    const adversarial = mul(add(ganLoss(onFake, false, mode), ganLoss(onReal, true, mode)), 0.5);
    const inFloats = discriminatorOf(configuration);
    const between = (): Tensor =>
      mul(gradientPenalty(judge(inFloats), penaltyKey, realPairs, fakePairs), penaltyWeight);
    const atReal = (): Tensor =>
      mul(
        r1Penalty((x) => inFloats.apply({ params, stats }, x, { train: true }).output, realPairs),
        r1 / 2,
      );
    const penalties = [
      ...(mode === "wgangp" && penaltyWeight > 0 ? [between()] : []),
      ...(r1 > 0 ? [atReal()] : []),
    ];
    const loss = penalties.reduce((sum, penalty) => add(sum, penalty), adversarial);
    return { loss: optimizer.scale(loss), aux: { stats } };
  };
  const { value, grads, aux } = valueAndGrad(lossOf)(state.params);
  const updated = optimizer.update(grads, state.optimizer, state.params);
  const stats = optimizer.keep(aux.stats, state.stats);
  return {
    state: { params: updated.params, stats, optimizer: updated.state },
    loss: optimizer.unscale(value),
  };
}
