import { valueAndGrad } from "@clidim/autograd";
import { adam } from "@clidim/nn";
import { add, cast, concat, foldIn, mapTree, mul, stopGradient, type Tensor, zeros } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import { dssim } from "../losses/dssim.js";
import { ganLoss } from "../losses/ganLoss.js";
import { l1Loss } from "../losses/l1Loss.js";
import { totalVariation } from "../losses/totalVariation.js";
import type { DiscriminatorTree } from "../model/discriminator.js";
import type { GeneratorTree } from "../model/generator.js";
import { discriminatorOf, generatorOf } from "../model/networks.js";
import { contrastiveStep } from "./contrastiveStep.js";
import { discriminatorStep } from "./discriminatorStep.js";
import { learningRateAt } from "./learningRate.js";
import { normalizeBatch, type TrainingBatch } from "./normalizeBatch.js";
import type { NetworkState, TrainingMetrics, TrainingState } from "./state.js";

/** Network values in [-1, 1] as SSIM wants them, in [0, 1]. */
const toUnit = (x: Tensor): Tensor => mul(add(x, 1), 0.5);

const addMetrics = ({ sums, count }: TrainingMetrics, terms: TrainingMetrics["sums"]): TrainingMetrics => ({
  sums: mapTree((sum, term) => add(sum, term), sums, terms),
  count: add(count, 1),
});

/**
 * One update of both networks, as the released training code orders it, as a pure function of state and batch, to be compiled:
 * `compile(trainingStep(configuration), { donate: [0, 1] })`.
 *
 *     fake = G(noisy)                                    batch statistics, dropout
 *     the contrastive step of D, if there is one
 *     Adam step of D on (BCE(D([noisy, fake]), 0) + BCE(D([noisy, clean]), 1)) / 2, fake being a constant
 *     Adam step of G on w_gan BCE(D([noisy, fake]), 1) + w_l1 mean|fake - clean| + w_ssim DSSIM(clean, fake) + w_tv TV(fake)
 *
 * D is the updated one in the last line, its parameters constants. Both steps share one forward pass of G. Terms of weight 0 are
 * measured but not differentiated; with w_gan 0, D is left alone and its metrics are 0.
 */
export function trainingStep(
  configuration: Configuration,
): (state: TrainingState, batch: TrainingBatch) => TrainingState {
  const { weights, ssimWindow: window, tvReduction: reduction, beta1, beta2 } = configuration;
  const generator = generatorOf(configuration);
  const discriminator = discriminatorOf(configuration);

  return (state, batch) => {
    const { noisy, clean } = normalizeBatch(configuration.normalization, batch);
    const learningRate = learningRateAt(configuration, state.update);
    const optimizer = adam({ learningRate: () => learningRate, beta1, beta2 });
    const dropoutKey = foldIn(state.key, cast(state.update, "u32"));

    /** D's updates on the fake as a constant, then its judgement of the fake as a function of it. */
    const adversary = (
      fake: Tensor,
    ): { gan: Tensor; discriminator: Tensor; network: NetworkState<DiscriminatorTree> } => {
      if (weights.gan === 0)
        return { gan: zeros([]), discriminator: zeros([]), network: state.discriminator };
      const images = { noisy, clean, fake: stopGradient(fake) };
      const prepared = contrastiveStep(configuration.contrastive, state.discriminator, images);
      const trained = discriminatorStep(discriminator, optimizer, prepared, images);
      const judged = discriminator.apply(trained.state, concat([noisy, fake], 3), { train: true });
      return {
        gan: ganLoss(judged.output, true),
        discriminator: trained.loss,
        network: { ...trained.state, stats: judged.stats },
      };
    };

    const lossOf = (params: GeneratorTree) => {
      const { output: fake, stats } = generator.apply({ params, stats: state.generator.stats }, noisy, {
        train: true,
        key: dropoutKey,
      });
      const { network, ...adversarial } = adversary(fake);
      const terms = {
        ...adversarial,
        l1: l1Loss(fake, clean),
        dssim: dssim(toUnit(clean), toUnit(fake), { window }),
        tv: totalVariation(fake, { reduction }),
      };
      const weighted = [
        [terms.gan, weights.gan],
        [terms.l1, weights.l1],
        [terms.dssim, weights.ssim],
        [terms.tv, weights.tv],
      ] as const;
      const loss = weighted
        .filter(([, weight]) => weight > 0)
        .map(([term, weight]) => mul(term, weight))
        .reduce((sum, term) => add(sum, term));
      return { loss, aux: { stats, network, terms } };
    };

    const { value, grads, aux } = valueAndGrad(lossOf)(state.generator.params);
    const updated = optimizer.update(grads, state.generator.optimizer, state.generator.params);
    return {
      generator: { params: updated.params, stats: aux.stats, optimizer: updated.state },
      discriminator: aux.network,
      key: state.key,
      update: add(state.update, 1),
      metrics: addMetrics(state.metrics, { ...aux.terms, generator: value }),
    };
  };
}
