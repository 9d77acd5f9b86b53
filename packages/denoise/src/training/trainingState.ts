import type { LossScale } from "@clidim/nn";
import {
  flatten,
  type HostTensor,
  leavesWithPaths,
  type Tensor,
  type Tree,
  tensor,
  unflatten,
  zeros,
} from "@clidim/tensor";
import { toHost } from "../model/describedSafetensors.js";
import type { TrainedMethod } from "../protocol/method.js";
import { emptyMetrics, type TrainingMetrics } from "../protocol/metrics.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { initialLossScale } from "../step/precision.js";

/** Everything that an update reads and writes: a tree of tensors. What a method keeps is its own business. */
export type TrainingState<S = Tree<Tensor>> = {
  readonly method: S;
  /** With precision mixed. */
  readonly lossScale?: LossScale;
  /** The source of what is drawn at random; each update draws from it folded with its number. */
  readonly key: Tensor;
  /** Updates done, an f32 scalar (exact up to 2^24). */
  readonly update: Tensor;
  readonly metrics: TrainingMetrics;
};

/** A state of fresh weights, no update done. The same seed (a whole number up to 2^53 - 1) gives the same state. */
export function initialTrainingState<C extends RunConfiguration, S>(
  method: TrainedMethod<C, S>,
  configuration: C,
  seed: number,
): TrainingState<S> {
  const { state, key } = method.init(configuration, seed);
  return {
    method: state,
    ...initialLossScale(configuration),
    key,
    update: zeros([]),
    metrics: emptyMetrics(method.metrics),
  };
}

/** What training has made of a state, without the count of its updates and what is drawn from. */
export const networksOf = <S>({ method, lossScale }: TrainingState<S>): Tree<Tensor> =>
  // Of tensors, whatever the method keeps.
  ({ method, ...(lossScale && { lossScale }) }) as unknown as Tree<Tensor>;

/** It on the host, by path. */
export const hostNetworks = <S>(state: TrainingState<S>): Promise<Record<string, HostTensor>> =>
  toHost(Object.fromEntries(leavesWithPaths(networksOf(state))));

/** The state with other networks of the same tensors, as `hostNetworks` gives them. */
export function withNetworks<S>(
  state: TrainingState<S>,
  networks: Readonly<Record<string, HostTensor>>,
): TrainingState<S> {
  const own = networksOf(state);
  const leaves = leavesWithPaths(own).map(([path]) => {
    const found = networks[path];
    if (!found) throw new Error(`withNetworks: there is no ${path}`);
    return tensor(found.data, found);
  });
  return { ...state, ...(unflatten(flatten(own).structure, leaves) as Partial<TrainingState<S>>) };
}
