import { valueAndGrad } from "@clidim/autograd";
import {
  atPrecision,
  learningRateAt,
  type RunConfiguration,
  type Schedule,
  scaledOptimizer,
  type TrainingBatch,
  type TrainingPhase,
} from "@clidim/denoise";
import { adam, type Layer } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import type { NetworkState } from "./networkState.js";

/** What Adam and its learning rate are made from. */
export type AdamConfiguration = Pick<RunConfiguration, "updates" | "precision"> & {
  readonly learningRate: number;
  readonly constantRate: number;
  readonly schedule: Schedule;
  readonly beta1: number;
  readonly beta2: number;
};

/** How far a network's output for noisy images is from what they should look like: a scalar. All are in network values, [N,H,W,C]; those of the output as the network has them. */
export type TargetLoss = (images: {
  readonly noisy: Tensor;
  readonly output: Tensor;
  readonly target: Tensor;
}) => Tensor;

/**
 * One update of a network without norms that is trained towards targets, as a pure function: Adam on the loss of its output for the noisy images. `metrics` has the loss as `loss`.
 */
export function networkStep(
  network: Layer<NetworkTree, NetworkTree>,
  configuration: AdamConfiguration,
  targetOf: (batch: TrainingBatch) => Tensor,
  lossOf: TargetLoss,
): TrainingPhase<NetworkState>["step"] {
  const { beta1, beta2 } = configuration;
  const trained = atPrecision(configuration, network);
  return ({ params, stats, optimizer: before }, batch, { update, lossScale }) => {
    const learningRate = learningRateAt(configuration, update);
    const optimizer = scaledOptimizer(adam({ learningRate: () => learningRate, beta1, beta2 }), lossScale);
    const { noisy } = batch;
    const target = targetOf(batch);
    const objective = (now: NetworkTree) => {
      const { output } = trained.apply({ params: now, stats }, noisy, { train: true });
      const loss = lossOf({ noisy, output, target });
      return { loss: optimizer.scale(loss), aux: loss };
    };
    const { grads, aux: loss } = valueAndGrad(objective)(params);
    const after = optimizer.update(grads, before, params);
    return {
      state: { params: after.params, stats, optimizer: after.state },
      metrics: { loss },
      ...optimizer.next(),
      taken: optimizer.finite(),
    };
  };
}
