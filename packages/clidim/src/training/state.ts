import { type AdamState, adam, type LossScale, type State } from "@clidim/nn";
import {
  add,
  cast,
  flatten,
  foldIn,
  key,
  mapTree,
  split,
  stack,
  type Tensor,
  where,
  zeros,
} from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import type { DiscriminatorTree } from "../model/discriminator.js";
import type { GeneratorTree } from "../model/generator.js";
import { discriminatorOf, generatorOf } from "../model/networks.js";
import { type ContrastiveState, initialContrastiveState } from "./contrastiveState.js";
import { initialLossScale } from "./precision.js";

/** A network under training: parameters, running statistics of its batch norms, Adam's averages. */
export type NetworkState<Tree> = {
  readonly params: Tree;
  readonly stats: Tree;
  readonly optimizer: State<AdamState, Tree>;
};

/** Sums over the updates since the last `resetMetrics`, f32 scalars. */
export type TrainingMetrics = {
  readonly sums: {
    /** The discriminator's loss. */
    readonly discriminator: Tensor;
    /** The generator's loss, weighted. */
    readonly generator: Tensor;
    /** The terms of the generator's loss, before weighting. */
    readonly gan: Tensor;
    readonly l1: Tensor;
    readonly dssim: Tensor;
    readonly tv: Tensor;
    /** (1 - MS-SSIM) / 2 and 1 / PSNR; 0 where their weights are. */
    readonly msssim: Tensor;
    readonly psnr: Tensor;
    /** The contrastive loss, before weighting; 0 where there is none. */
    readonly contrastive: Tensor;
  };
  /** Number of updates in the sums: all but those in which a network was skipped (precision mixed). */
  readonly count: Tensor;
};

export type MetricName = keyof TrainingMetrics["sums"];

export interface MeanMetrics {
  readonly means: { readonly [name in MetricName]: number };
  /** Number of updates in the means. */
  readonly count: number;
  /** With precision mixed: the loss scale as it is, and the number of updates since the start in which any network was skipped. */
  readonly lossScale?: { readonly scale: number; readonly skipped: number };
}

/** Everything that an update reads and writes: a tree of tensors. */
export type TrainingState = {
  readonly generator: NetworkState<GeneratorTree>;
  readonly discriminator: NetworkState<DiscriminatorTree>;
  readonly contrastive: ContrastiveState;
  /** With precision mixed. */
  readonly lossScale?: LossScale;
  /** The source of dropout masks, views and augmentations; each update draws from it folded with its number. */
  readonly key: Tensor;
  /** Updates done, an f32 scalar (exact up to 2^24). */
  readonly update: Tensor;
  readonly metrics: TrainingMetrics;
};

const emptyMetrics = (): TrainingMetrics => ({
  sums: {
    discriminator: zeros([]),
    generator: zeros([]),
    gan: zeros([]),
    l1: zeros([]),
    dssim: zeros([]),
    tv: zeros([]),
    msssim: zeros([]),
    psnr: zeros([]),
    contrastive: zeros([]),
  },
  count: zeros([]),
});

/** Networks with fresh weights, no update done. The same seed (a whole number up to 2^53 - 1) gives the same state. */
export function initialTrainingState(configuration: Configuration, seed: number): TrainingState {
  const [generatorKey, discriminatorKey, dropoutKey] = split(key(seed), 3);
  const { crop, batch } = configuration;
  // Adam's initial state does not depend on its options.
  const optimizer = adam();
  const generator = generatorOf(configuration).init(generatorKey, [batch, crop, crop, 1]);
  const discriminator = discriminatorOf(configuration).init(discriminatorKey, [batch, crop, crop, 2]);
  return {
    generator: { ...generator, optimizer: optimizer.init(generator.params) },
    discriminator: { ...discriminator, optimizer: optimizer.init(discriminator.params) },
    contrastive: initialContrastiveState(configuration, foldIn(key(seed), 0), generator, discriminator),
    ...initialLossScale(configuration),
    key: dropoutKey,
    update: zeros([]),
    metrics: emptyMetrics(),
  };
}

/**
 * The metrics after another update; terms that are not given count as 0. Where `taken` (bool) is given and false the metrics stay as they are: the losses of a skipped
 * update may be no numbers.
 */
export function addMetrics(
  { sums, count }: TrainingMetrics,
  terms: Partial<TrainingMetrics["sums"]>,
  taken?: Tensor,
): TrainingMetrics {
  const all = { ...emptyMetrics().sums, ...terms };
  const after = { sums: mapTree((sum, term) => add(sum, term), sums, all), count: add(count, 1) };
  if (!taken) return after;
  return mapTree((now, before) => where(taken, now, before), after, { sums, count });
}

/** The state with its metrics at 0. */
export const resetMetrics = (state: TrainingState): TrainingState => ({ ...state, metrics: emptyMetrics() });

/** The mean of each metric over the updates since the last reset but skipped ones, and their number; waits for the GPU. NaN where there was none. */
export async function readMetrics({
  metrics,
  lossScale,
}: Pick<TrainingState, "metrics" | "lossScale">): Promise<MeanMetrics> {
  const { sums, count } = metrics;
  const scaling = lossScale ? [lossScale.scale, cast(lossScale.skipped, "f32")] : [];
  const [updates = 0, ...totals] = await stack([count, ...flatten(sums).leaves, ...scaling], 0).data();
  let next = 0;
  const means = mapTree(() => totals[next++]! / updates, sums);
  const [scale, skipped] = totals.slice(next) as [number?, number?]; // behind the sums, where they are
  return {
    means,
    count: updates,
    ...(scale !== undefined && skipped !== undefined && { lossScale: { scale, skipped } }),
  };
}
