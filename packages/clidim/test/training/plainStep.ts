import { valueAndGrad } from "@clidim/autograd";
import type { PairBatch, TrainingState } from "@clidim/denoise";
import { learningRateAt } from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { add, cast, concat, foldIn, mapTree, mul, stopGradient, type Tensor, zeros } from "@clidim/tensor";
import { dssim } from "../../src/losses/dssim.js";
import { ganLoss } from "../../src/losses/ganLoss.js";
import { l1Loss } from "../../src/losses/l1Loss.js";
import { totalVariation } from "../../src/losses/totalVariation.js";
import type { DiscriminatorTree } from "../../src/networks/discriminator.js";
import type { GeneratorTree } from "../../src/networks/generatorTree.js";
import { discriminatorOf, generatorOf } from "../../src/networks/networks.js";
import type { Configuration } from "../../src/schema.js";
import type { ClidimState } from "../../src/state.js";

const toUnit = (x: Tensor): Tensor => mul(add(x, 1), 0.5);

/** One update of pix2pix with SSIM and TV and nothing else: what `trainingStep` must come to without its options. */
export function plainStep(
  configuration: Configuration,
): (state: TrainingState<ClidimState>, batch: PairBatch) => TrainingState<ClidimState> {
  const { weights, ssimWindow: window, tvReduction: reduction, beta1, beta2 } = configuration;
  const [generator, discriminator] = [generatorOf(configuration), discriminatorOf(configuration)];
  return (state, { noisy, clean }) => {
    const learningRate = learningRateAt(configuration, state.update);
    const optimizer = adam({ learningRate: () => learningRate, beta1, beta2 });
    const dropoutKey = foldIn(state.key, cast(state.update, "u32"));

    const trainDiscriminator = (fake: Tensor) => {
      const { params, stats, optimizer: averages } = state.method.discriminator!;
      const lossOf = (p: DiscriminatorTree) => {
        const onFake = discriminator.apply({ params: p, stats }, concat([noisy, fake], 3), { train: true });
        const onReal = discriminator.apply({ params: p, stats: onFake.stats }, concat([noisy, clean], 3), {
          train: true,
        });
        const loss = mul(add(ganLoss(onFake.output, false), ganLoss(onReal.output, true)), 0.5);
        return { loss, aux: onReal.stats };
      };
      const { value, grads, aux } = valueAndGrad(lossOf)(params);
      const updated = optimizer.update(grads, averages, params);
      return { network: { params: updated.params, stats: aux, optimizer: updated.state }, loss: value };
    };

    const lossOf = (params: GeneratorTree) => {
      const variables = { params, stats: state.method.generator.stats };
      const { output: fake, stats } = generator.apply(variables, noisy, { train: true, key: dropoutKey });
      const trained = trainDiscriminator(stopGradient(fake));
      const judged = discriminator.apply(trained.network, concat([noisy, fake], 3), { train: true });
      const terms = {
        gan: ganLoss(judged.output, true),
        discriminator: trained.loss,
        l1: l1Loss(fake, clean),
        dssim: dssim(toUnit(clean), toUnit(fake), { window }),
        tv: totalVariation(fake, { reduction }),
      };
      const loss = [
        mul(terms.gan, weights.gan),
        mul(terms.l1, weights.l1),
        mul(terms.dssim, weights.ssim),
        mul(terms.tv, weights.tv),
      ].reduce((sum, term) => add(sum, term));
      return { loss, aux: { stats, network: { ...trained.network, stats: judged.stats }, terms } };
    };
    const { value, grads, aux } = valueAndGrad(lossOf)(state.method.generator.params);
    const updated = optimizer.update(grads, state.method.generator.optimizer, state.method.generator.params);
    const none = zeros([]);
    const terms = { ...aux.terms, msssim: none, psnr: none, contrastive: none, generator: value };
    return {
      ...state,
      method: {
        ...state.method,
        generator: { params: updated.params, stats: aux.stats, optimizer: updated.state },
        discriminator: aux.network,
      },
      update: add(state.update, 1),
      metrics: {
        sums: mapTree((sum, term) => add(sum, term), state.metrics.sums, {
          discriminator: terms.discriminator,
          generator: terms.generator,
          gan: terms.gan,
          l1: terms.l1,
          dssim: terms.dssim,
          tv: terms.tv,
          msssim: terms.msssim,
          psnr: terms.psnr,
          contrastive: terms.contrastive,
        }),
        count: add(state.metrics.count, 1),
      },
    };
  };
}
