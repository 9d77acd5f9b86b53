import { valueAndGrad } from "@clidim/autograd";
import { atPrecision, learningRateAt, scaledOptimizer } from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { mul } from "@clidim/tensor";
import type { GeneratorTree } from "../networks/generatorTree.js";
import { generatorOf } from "../networks/networks.js";
import type { Configuration } from "../schema.js";
import type { Heads } from "./contrastiveState.js";
import { encoderContrast } from "./encoderContrast.js";
import type { TrainingStep } from "./step.js";
import { trainHeads } from "./trainHeads.js";

/**
 * One update of the generator's encoder and its head alone (the first updates of mode pretrain): an Adam step on weight * contrastive loss, with an Adam
 * state that ends with this phase. The way up and the discriminator stay as they are. Learning rate and update count go on as in
 * the rest of the training.
 */
export function pretrainingStep(configuration: Configuration): TrainingStep {
  const { beta1, beta2, contrastive } = configuration;
  const generator = atPrecision(configuration, generatorOf(configuration));
  return (state, images, { update, key, lossScale }) => {
    const { encoder } = state.contrastive;
    if (!encoder) throw new Error("pretrainingStep: the state was not made for contrastive.mode pretrain");
    const learningRate = learningRateAt(configuration, update);
    const optimizer = scaledOptimizer(adam({ learningRate: () => learningRate, beta1, beta2 }), lossScale);
    const { params, stats } = state.generator;
    const lossOf = (weights: GeneratorTree, heads: Heads) => {
      const variables = { params: weights, stats };
      const loss = encoderContrast(configuration, generator, variables, heads, images, key);
      return { loss: optimizer.scale(mul(loss, contrastive.weight)), aux: { loss } };
    };
    const both = valueAndGrad(lossOf, { argument: [0, 1] });
    const { value, grads, aux } = both(params, state.contrastive.heads);
    const updated = optimizer.update(grads[0], encoder, params);
    const heads = trainHeads(optimizer, state.contrastive, grads[1]);
    return {
      state: {
        ...state,
        generator: { ...state.generator, params: updated.params },
        contrastive: { ...heads, encoder: updated.state },
      },
      ...optimizer.next(),
      metrics: { contrastive: aux.loss, generator: optimizer.unscale(value) },
      taken: optimizer.finite(),
    };
  };
}
