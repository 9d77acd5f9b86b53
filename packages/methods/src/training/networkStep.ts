import { valueAndGrad } from "@clidim/autograd";
import {
  atPrecision,
  learningRateAt,
  scaledOptimizer,
  type TrainingBatch,
  type TrainingPhase,
} from "@clidim/denoise";
import { adam, type Layer } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import type { NetworkState } from "./networkState.js";
import type { TrainingConfiguration } from "./trainingFields.js";

/** What Adam and its learning rate are made from. */
export type AdamConfiguration = Pick<
  TrainingConfiguration,
  "updates" | "precision" | "learningRate" | "constantRate" | "schedule" | "beta1" | "beta2"
>;

/** How badly a network does at a batch: a scalar. `network` applies it to images [N,H,W,1] in network values, any number of times; the key is for what is drawn. */
export type Objective = (network: (x: Tensor) => Tensor, batch: TrainingBatch, key: Tensor) => Tensor;

/** One update of a network without norms as a pure function: Adam on an objective. `metrics` has it as `loss`. */
export function networkStep(
  network: Layer<NetworkTree, NetworkTree>,
  configuration: AdamConfiguration,
  objective: Objective,
): TrainingPhase<NetworkState>["step"] {
  const { beta1, beta2 } = configuration;
  const trained = atPrecision(configuration, network);
  return ({ params, stats, optimizer: before }, batch, { update, key, lossScale }) => {
    const learningRate = learningRateAt(configuration, update);
    const optimizer = scaledOptimizer(adam({ learningRate: () => learningRate, beta1, beta2 }), lossScale);
    const lossOf = (now: NetworkTree) => {
      const apply = (x: Tensor): Tensor => trained.apply({ params: now, stats }, x, { train: true }).output;
      const loss = objective(apply, batch, key);
      return { loss: optimizer.scale(loss), aux: loss };
    };
    const { grads, aux: loss } = valueAndGrad(lossOf)(params);
    const after = optimizer.update(grads, before, params);
    return {
      state: { params: after.params, stats, optimizer: after.state },
      metrics: { loss },
      ...optimizer.next(),
      taken: optimizer.finite(),
    };
  };
}
