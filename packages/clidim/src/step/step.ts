import { valueAndGrad } from "@clidim/autograd";
import type { PairBatch, UpdateContext, Updated } from "@clidim/denoise";
import { atPrecision, learningRateAt, type ScaledOptimizer, scaledOptimizer } from "@clidim/denoise";
import { adam, type Layer, mse } from "@clidim/nn";
import {
  add,
  concat,
  div,
  maximum,
  minimum,
  mul,
  pow,
  split,
  stopGradient,
  sub,
  type Tensor,
  zeros,
} from "@clidim/tensor";
import { diffAugment } from "../augment/diffAugment.js";
import { dssim } from "../losses/dssim.js";
import { ganLoss, ganLosses } from "../losses/ganLoss.js";
import { l1Loss } from "../losses/l1Loss.js";
import { lowestMean } from "../losses/lowestMean.js";
import { msSsim } from "../losses/msSsim.js";
import { psnrLoss } from "../losses/psnrLoss.js";
import { totalVariation } from "../losses/totalVariation.js";
import type { DiscriminatorTree } from "../networks/discriminator.js";
import type { GeneratorTree } from "../networks/generatorTree.js";
import { discriminatorOf, generatorOf } from "../networks/networks.js";
import { observeBlocks } from "../networks/observeBlocks.js";
import type { Configuration } from "../schema.js";
import type { ClidimState, NetworkState } from "../state.js";
import { type ContrastiveState, type Heads, patchBlocks } from "./contrastiveState.js";
import { contrastiveStep } from "./contrastiveStep.js";
import { discriminatorStep } from "./discriminatorStep.js";
import { encoderContrast } from "./encoderContrast.js";
import { patchContrast } from "./patchContrast.js";
import { seenByGenerator } from "./seenByGenerator.js";
import { trainHeads } from "./trainHeads.js";

/** One update as a pure function; the batch is in network values. */
export type TrainingStep = (
  state: ClidimState,
  batch: PairBatch,
  context: UpdateContext,
) => Updated<ClidimState>;

/** Network values in [-1, 1] as SSIM wants them, in [0, 1]. */
const toUnit = (x: Tensor): Tensor => mul(add(x, 1), 0.5);

const none = (): Tensor => zeros([]);

/** The adversarial term's factor at `update`: it rises in a straight line to `weights.gan`, which it has after the part `ganWarmup` of the updates. */
const ganWeightAt = (
  { weights, ganWarmup, updates }: Pick<Configuration, "weights" | "ganWarmup" | "updates">,
  update: Tensor,
): number | Tensor =>
  ganWarmup === 0 ? weights.gan : mul(minimum(div(update, ganWarmup * updates), 1), weights.gan);

/** What the discriminator's part of an update comes to, and its judgement of the fake. */
interface Adversary {
  readonly gan: Tensor;
  readonly discriminator: Tensor;
  readonly contrastive: Tensor;
  readonly network: NetworkState<DiscriminatorTree>;
  readonly contrast: ContrastiveState;
}

/**
 * The discriminator's updates on the fake as a constant, first the contrastive one if there is one, then its judgement of the fake as a function of it: the
 * generator's adversarial loss, over the lowest logits of each place where `topK` says so.
 */
function adversary(
  configuration: Configuration,
  discriminator: Layer<DiscriminatorTree, DiscriminatorTree>,
  optimizer: ScaledOptimizer,
  state: Pick<ClidimState, "discriminator" | "contrastive">,
  images: PairBatch,
  fake: Tensor,
  update: Tensor,
  keys: { readonly contrast: Tensor; readonly train: Tensor; readonly judge: Tensor },
): Adversary {
  const { ganLoss: mode, topK, diffAugment: policies, contrastive } = configuration;
  if (!state.discriminator) {
    throw new Error("adversary: the state has no discriminator, as it was made with weights.gan 0");
  }
  const given = { ...images, fake: stopGradient(fake) };
  const start = { network: state.discriminator, contrastive: state.contrastive };
  const prepared =
    contrastive.mode === "disc"
      ? contrastiveStep(configuration, discriminator, optimizer, start, given, keys.contrast)
      : { ...start, loss: none() };
  const trained = discriminatorStep(
    configuration,
    discriminator,
    optimizer,
    prepared.network,
    given,
    keys.train,
  );
  const pairs = diffAugment(policies, keys.judge, concat([images.noisy, fake], 3));
  const judged = discriminator.apply(trained.state, pairs, { train: true });
  const part = maximum(pow(topK.decay, add(update, 1)), topK.floor);
  const gan =
    topK.floor < 1
      ? lowestMean(ganLosses(judged.output, true, mode), judged.output, part)
      : ganLoss(judged.output, true, mode);
  return {
    gan,
    discriminator: trained.loss,
    contrastive: prepared.loss,
    network: { ...trained.state, stats: judged.stats },
    contrast: prepared.contrastive,
  };
}

/**
 * One update of both networks, as the released training code orders it, as a pure function of state and batch.
 *
 *     fake = G(noisy)                                    batch statistics, dropout
 *     the contrastive step of D, if there is one
 *     Adam step of D on (BCE(D([noisy, fake]), 0) + BCE(D([noisy, clean]), 1)) / 2, fake being a constant
 *     Adam step of G on w_gan BCE(D([noisy, fake]), 1) + w_l1 mean|fake - target| + w_mse mean(fake - clean)^2 + w_ssim DSSIM(clean, fake) + w_tv TV(fake)
 *         + w_msssim (1 - MSSSIM(clean, fake)) / 2 + w_psnr / PSNR(clean, fake) + a contrastive term of its encoder, if there is one
 *
 * The target of the L1 term is the clean image, or by `l1Target` the noisy one, as the paper prints it. w_gan rises with `ganWarmup`, and D's learning rate is `discriminatorRate` times that of G. D is the updated one in the last lines, its parameters constants. Both steps share one forward pass of G. Terms of weight 0 are
 * not computed, and their metrics are 0; L1 alone is measured in every run. With w_gan 0, D is left alone if there is one. This is the step after the phases of `phases` that come first.
 *
 * With precision mixed the networks compute with halves, every loss is scaled before it is differentiated, and a network whose gradients overflow keeps its
 * parameters and statistics; see `scaledOptimizer`. Such an update is not part of the metrics.
 */
export function trainingStep(configuration: Configuration): TrainingStep {
  const { weights, ssimWindow: window, ssimUnbiased: unbiased, tvReduction: reduction } = configuration;
  const { beta1, beta2, l1Target, contrastive, discriminatorRate } = configuration;
  const generator = atPrecision(configuration, generatorOf(configuration));
  const discriminator = atPrecision(configuration, discriminatorOf(configuration));

  return (state, images, { update, key, lossScale }) => {
    const { noisy, clean } = images;
    const seen = seenByGenerator(configuration, images);
    const learningRate = learningRateAt(configuration, update);
    const optimizer = scaledOptimizer(adam({ learningRate: () => learningRate, beta1, beta2 }), lossScale);
    const ofDiscriminator = optimizer.beside(
      adam({ learningRate: () => mul(learningRate, discriminatorRate), beta1, beta2 }),
    );
    const [contrast, train, judging, encoder] = split(key, 4);

    const lossOf = (params: GeneratorTree, heads: Heads) => {
      const variables = { params, stats: state.generator.stats };
      const blocks = observeBlocks();
      const context = { train: true, key, observe: blocks.observe };
      const { output: fake, stats } = generator.apply(variables, seen, context);
      const onEncoder = (): Tensor => {
        switch (contrastive.mode) {
          case "off":
          case "disc":
          case "pretrain":
            return none();
          case "joint":
          case "supcon":
            return encoderContrast(configuration, generator, variables, heads, images, encoder);
          case "patchnce": {
            const inputFeatures = patchBlocks(configuration).map(blocks.output);
            return patchContrast(
              configuration,
              generator,
              variables,
              heads,
              { fake, inputFeatures },
              encoder,
            );
          }
          default:
            return contrastive.mode satisfies never;
        }
      };
      const against =
        weights.gan > 0
          ? adversary(configuration, discriminator, ofDiscriminator, state, images, fake, update, {
              contrast,
              train,
              judge: judging,
            })
          : undefined;
      const ofEncoder = onEncoder();
      const units = (): readonly [Tensor, Tensor] => [toUnit(clean), toUnit(fake)];
      const terms = {
        gan: against?.gan ?? none(),
        discriminator: against?.discriminator ?? none(),
        l1: l1Loss(fake, l1Target === "noisy" ? noisy : clean),
        dssim: weights.ssim > 0 ? dssim(...units(), { window, unbiased }) : none(),
        tv: weights.tv > 0 ? totalVariation(fake, { reduction }) : none(),
        msssim: weights.msssim > 0 ? mul(sub(1, msSsim(...units())), 0.5) : none(),
        psnr: weights.psnr > 0 ? psnrLoss(...units()) : none(),
        contrastive: against && contrastive.mode === "disc" ? against.contrastive : ofEncoder,
      };
      const weighted = [
        [terms.gan, weights.gan > 0 ? ganWeightAt(configuration, update) : 0],
        [terms.l1, weights.l1],
        [weights.mse > 0 ? mse(fake, clean) : none(), weights.mse],
        [terms.dssim, weights.ssim],
        [terms.tv, weights.tv],
        [terms.msssim, weights.msssim],
        [terms.psnr, weights.psnr],
        [ofEncoder, actsOnEncoder(contrastive.mode) ? contrastive.weight : 0],
      ] as const;
      const loss = weighted
        .filter(([, weight]) => typeof weight !== "number" || weight > 0)
        .map(([term, weight]) => mul(term, weight))
        .reduce((sum, term) => add(sum, term));
      const aux = {
        stats,
        discriminator: against?.network ?? state.discriminator,
        contrast: against?.contrast ?? state.contrastive,
        terms,
      };
      return { loss: optimizer.scale(loss), aux };
    };

    const both = valueAndGrad(lossOf, { argument: [0, 1] });
    const { value, grads, aux } = both(state.generator.params, state.contrastive.heads);
    const updated = optimizer.update(grads[0], state.generator.optimizer, state.generator.params);
    const generatorStats = optimizer.keep(aux.stats, state.generator.stats);
    const judge = aux.discriminator &&
      state.discriminator && {
        ...aux.discriminator,
        stats: optimizer.keep(aux.discriminator.stats, state.discriminator.stats),
      };
    const contrastiveState = actsOnEncoder(contrastive.mode)
      ? trainHeads(optimizer, aux.contrast, grads[1])
      : aux.contrast;
    return {
      state: {
        generator: { params: updated.params, stats: generatorStats, optimizer: updated.state },
        ...(judge && { discriminator: judge }),
        contrastive: contrastiveState,
      },
      ...optimizer.next(),
      metrics: { ...aux.terms, generator: optimizer.unscale(value) },
      taken: optimizer.finite(),
    };
  };
}

/** Whether the term is part of the generator's loss. */
const actsOnEncoder = (mode: Configuration["contrastive"]["mode"]): boolean =>
  mode === "joint" || mode === "supcon" || mode === "patchnce";
