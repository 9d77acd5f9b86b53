import { valueAndGrad } from "@clidim/autograd";
import { adam } from "@clidim/nn";
import { add, cast, foldIn, mul, type Tensor } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import type { GeneratorTree } from "../model/generator.js";
import { generatorOf } from "../model/networks.js";
import type { Heads } from "./contrastiveState.js";
import { encoderContrast } from "./encoderContrast.js";
import { learningRateAt } from "./learningRate.js";
import { normalizeBatch, type TrainingBatch } from "./normalizeBatch.js";
import { atPrecision, scaledOptimizer } from "./precision.js";
import { addMetrics, type TrainingState } from "./state.js";
import { trainHeads } from "./trainHeads.js";

/**
 * One update of the generator's encoder and its head alone (the first updates of mode pretrain): an Adam step on weight * contrastive loss, with an Adam
 * state that ends with this phase. The way up and the discriminator stay as they are. Learning rate and update count go on as in
 * the rest of the training.
 */
export function pretrainingStep(
  configuration: Configuration,
): (state: TrainingState, batch: TrainingBatch) => TrainingState {
  const { beta1, beta2, contrastive } = configuration;
  const generator = atPrecision(configuration, generatorOf(configuration));
  return (state, batch) => {
    const { encoder } = state.contrastive;
    if (!encoder) throw new Error("pretrainingStep: the state was not made for contrastive.mode pretrain");
    const learningRate = learningRateAt(configuration, state.update);
    const optimizer = scaledOptimizer(
      adam({ learningRate: () => learningRate, beta1, beta2 }),
      state.lossScale,
    );
    const key = foldIn(state.key, cast(state.update, "u32"));
    const images = normalizeBatch(configuration.normalization, batch);
    const { params, stats } = state.generator;
    const lossOf = (weights: GeneratorTree, heads: Heads): Tensor =>
      optimizer.scale(
        mul(
          encoderContrast(configuration, generator, { params: weights, stats }, heads, images, key),
          contrastive.weight,
        ),
      );
    const both = valueAndGrad(lossOf, { argument: [0, 1] });
    const { value, grads } = both(params, state.contrastive.heads);
    const updated = optimizer.update(grads[0], encoder, params);
    const heads = trainHeads(optimizer, state.contrastive, grads[1]);
    const loss = optimizer.unscale(value);
    return {
      ...state,
      generator: { ...state.generator, params: updated.params },
      contrastive: { ...heads, encoder: updated.state },
      ...optimizer.next(),
      update: add(state.update, 1),
      metrics: addMetrics(state.metrics, { contrastive: loss, generator: loss }, optimizer.finite()),
    };
  };
}
