import { inputChannels } from "@clidim/denoise";
import { type AdamState, adam, ema, type State } from "@clidim/nn";
import { foldIn, key, split, type Tensor } from "@clidim/tensor";
import type { DiscriminatorTree } from "./networks/discriminator.js";
import type { GeneratorTree, GeneratorVariables } from "./networks/generatorTree.js";
import { discriminatorOf, generatorOf } from "./networks/networks.js";
import type { Configuration } from "./schema.js";
import { type ContrastiveState, initialContrastiveState } from "./step/contrastiveState.js";

/** A network under training: parameters, running statistics of its batch norms, Adam's averages. */
export type NetworkState<Tree> = {
  readonly params: Tree;
  readonly stats: Tree;
  readonly optimizer: State<AdamState, Tree>;
};

/** What the method carries from update to update: a tree of tensors. */
export type ClidimState = {
  readonly generator: NetworkState<GeneratorTree>;
  /** Where there is an adversarial term. */
  readonly discriminator?: NetworkState<DiscriminatorTree>;
  readonly contrastive: ContrastiveState;
  /** Moving averages of the generator's parameters and running statistics, with an `emaDecay`. */
  readonly average?: GeneratorVariables;
};

/** The losses in the order of the log. */
export const metricNames = [
  // The discriminator's loss.
  "discriminator",
  // The generator's loss, weighted.
  "generator",
  // The terms of the generator's loss, before weighting: 0 where their weights are, but for L1, which is measured in every run.
  "gan",
  "l1",
  "dssim",
  "tv",
  // (1 - MS-SSIM) / 2 and 1 / PSNR.
  "msssim",
  "psnr",
  // The contrastive loss, before weighting; 0 where there is none.
  "contrastive",
] as const;

/** Networks with fresh weights, and the source of dropout masks, views and augmentations. */
export function initialState(
  configuration: Configuration,
  seed: number,
): { readonly state: ClidimState; readonly key: Tensor } {
  const [generatorKey, discriminatorKey, dropoutKey] = split(key(seed), 3);
  const { crop, batch, frames } = configuration;
  const seen = inputChannels(configuration);
  // Adam's initial state does not depend on its options.
  const optimizer = adam();
  const generator = generatorOf(configuration).init(generatorKey, [batch, crop, crop, seen]);
  const discriminator =
    configuration.weights.gan > 0
      ? discriminatorOf(configuration).init(discriminatorKey, [batch, crop, crop, frames + 1])
      : undefined;
  const state = {
    generator: { ...generator, optimizer: optimizer.init(generator.params) },
    ...(discriminator && {
      discriminator: { ...discriminator, optimizer: optimizer.init(discriminator.params) },
    }),
    contrastive: initialContrastiveState(configuration, foldIn(key(seed), 0), generator, discriminator),
    ...(configuration.emaDecay > 0 && { average: ema().init(generator) }),
  };
  return { state, key: dropoutKey };
}
