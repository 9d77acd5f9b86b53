import { valueAndGrad } from "@clidim/autograd";
import type { PairBatch, ScaledOptimizer } from "@clidim/denoise";
import type { Layer } from "@clidim/nn";
import { concat, mul, slice, split, type Tensor } from "@clidim/tensor";
import { drawView } from "../augment/drawView.js";
import { discriminatorFeatures } from "../contrastive/discriminatorFeatures.js";
import { pairLoss } from "../contrastive/pairLoss.js";
import { contrastedRows } from "../contrastiveChoice.js";
import type { DiscriminatorTree } from "../networks/discriminator.js";
import type { Configuration } from "../schema.js";
import type { NetworkState } from "../state.js";
import { type ContrastiveState, type Heads, project } from "./contrastiveState.js";
import { noiseOf } from "./encoderContrast.js";
import { sameSamples } from "./sameSamples.js";
import { trainHeads } from "./trainHeads.js";

/**
 * The contrastive update of the discriminator (mode disc), which precedes the adversarial one: an Adam step of its own with the same optimiser state.
 *
 *     for the pairs (noisy, fake), if fakes are included, then (noisy, clean):
 *         query = head(features(D(view of the pairs))), key = head(features(D(another view of them)))
 *     step of D (and of a trained head) on weight * loss(queries, keys)
 *
 * Fakes and clean images make separate rows, so that the two pairs of one crop are negatives of each other. Each of the four passes of D has its own
 * batch statistics and moves the running ones. `fake` is a constant.
 */
export function contrastiveStep(
  configuration: Configuration,
  discriminator: Layer<DiscriminatorTree, DiscriminatorTree>,
  optimizer: ScaledOptimizer,
  state: { readonly network: NetworkState<DiscriminatorTree>; readonly contrastive: ContrastiveState },
  batch: PairBatch & { readonly fake: Tensor },
  key: Tensor,
): {
  readonly network: NetworkState<DiscriminatorTree>;
  readonly contrastive: ContrastiveState;
  /** Before weighting. */
  readonly loss: Tensor;
} {
  const { contrastive } = configuration;
  const { weight, feature, augmentation, includeFakes } = contrastive;
  const { network } = state;
  const rows = contrastedRows(batch.noisy.shape[0]!, contrastive.fraction);
  const few = (x: Tensor): Tensor => slice(x, [0], [rows]);
  const judged = [...(includeFakes ? [batch.fake] : []), batch.clean];
  const viewKeys = split(key, 2 * judged.length);

  const lossOf = (params: DiscriminatorTree, heads: Heads) => {
    let { stats } = network;
    const embed = (pairs: Tensor, viewKey: Tensor): Tensor => {
      const view = drawView(augmentation, viewKey, pairs, noiseOf(batch, 0, rows));
      const result = discriminatorFeatures(discriminator, { params, stats }, view, feature);
      stats = result.stats;
      return project(contrastive, heads, feature, result.output);
    };
    const embedded = judged.map((image, i) => {
      const pairs = concat([few(batch.noisy), few(image)], 3);
      const query = embed(pairs, viewKeys[2 * i]!);
      return { query, key: embed(pairs, viewKeys[2 * i + 1]!) };
    });
    const queries = concat(
      embedded.map(({ query }) => query),
      0,
    );
    const keys = concat(
      embedded.map((pair) => pair.key),
      0,
    );
    const same = sameSamples(configuration, batch, rows, judged.length);
    const loss = pairLoss(contrastive, queries, keys, same);
    return { loss: optimizer.scale(mul(loss, weight)), aux: { stats, loss } };
  };

  const both = valueAndGrad(lossOf, { argument: [0, 1] });
  const { grads, aux } = both(network.params, state.contrastive.heads);
  const updated = optimizer.update(grads[0], network.optimizer, network.params);
  const stats = optimizer.keep(aux.stats, network.stats);
  return {
    network: { params: updated.params, stats, optimizer: updated.state },
    contrastive: trainHeads(optimizer, state.contrastive, grads[1]),
    loss: aux.loss,
  };
}
