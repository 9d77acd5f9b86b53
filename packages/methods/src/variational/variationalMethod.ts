import { valueAndGrad } from "@clidim/autograd";
import {
  type ConfigurationSpace,
  learningRateAt,
  type MethodGuide,
  noMembers,
  type TrainedMethod,
  type TrainingBatch,
  type UpdateContext,
  type Updated,
} from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { full, key, sizeOf, sub, type Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { smallestCrop } from "../training/trainingFields.js";
import { annealed, klWeight, posteriorCollapse } from "./annealing.js";
import type { VariationalConfiguration } from "./fields.js";
import { type Normals, normalsOf, type TilePlace } from "./normals.js";
import { posteriorMean, posteriorSample, SAMPLES_AT_ONCE } from "./posteriorMean.js";
import { type Reconstruction, variationalLoss } from "./variationalLoss.js";
import { autoencoderNetwork } from "./variationalNetwork.js";

/** What tells one of these methods from another. */
export interface VariationalMethodOptions<C extends VariationalConfiguration>
  extends Pick<TrainedMethod<C>, "prepare" | "takesNoise"> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly guide: MethodGuide;
  readonly space: ConfigurationSpace<C>;
  /** Of images in network values. */
  reconstruction(configuration: C): Reconstruction;
}

/** The learning rate of an update, by the schedule over those since the weights were fresh. */
export function learningRateSince(configuration: VariationalConfiguration, update: Tensor): Tensor {
  const { annealedFrom, updates } = configuration;
  if (annealedFrom === undefined) return learningRateAt(configuration, update);
  return learningRateAt({ ...configuration, updates: updates - annealedFrom }, sub(update, annealedFrom));
}

/** One update as a pure function of what is drawn: Adam on the negative evidence lower bound. */
export function variationalUpdate(
  configuration: VariationalConfiguration,
  reconstruction: Reconstruction,
): (
  state: NetworkState,
  batch: TrainingBatch,
  context: Pick<UpdateContext, "update">,
  normals: Normals,
) => Updated<NetworkState> {
  const network = autoencoderNetwork(configuration);
  const { beta1, beta2 } = configuration;
  return ({ params, stats, optimizer }, { noisy }, { update }, normals) => {
    const learningRate = learningRateSince(configuration, update);
    const weight = klWeight(configuration, update);
    const { grads, aux } = valueAndGrad((now: NetworkTree) => {
      const parts = variationalLoss(network, reconstruction, { params: now, stats }, noisy, {
        ...{ normals, weight, train: true },
      });
      return { loss: parts.loss, aux: { ...parts } };
    })(params);
    const after = adam({ learningRate: () => learningRate, beta1, beta2 }).update(grads, optimizer, params);
    return { state: { params: after.params, stats, optimizer: after.state }, metrics: aux };
  };
}

/** Of images [N,H,W,1] that are tiles of a page. */
function placeOf({ shape: [, height = 1, width = 1] }: Tensor, origin?: Tensor): TilePlace | undefined {
  return origin && { origin, height, width };
}

/**
 * A method that learns from noisy images alone what signals look like, as a variational autoencoder: what its code has no room for is noise. Its result is the mean of signals that are drawn, its uncertainty their spread. A training whose code
 * comes to say nothing begins again, see `posteriorCollapse`.
 */
export function variationalMethod<C extends VariationalConfiguration>({
  reconstruction,
  ...named
}: VariationalMethodOptions<C>): TrainedMethod<C, NetworkState> {
  return {
    kind: "trained",
    version: 1,
    ...named,
    target: "none",
    members: () => noMembers,
    cropFor: cropOfHalvings(smallestCrop),
    ...ofOneNetwork<C>(autoencoderNetwork),
    metrics: ["loss", "reconstruction", "kl"],
    shown: () => [
      { metric: "reconstruction", label: "-log likelihood", digits: 4 },
      { metric: "kl", label: "KL", digits: 4 },
    ],
    phases: (configuration) => {
      const update = variationalUpdate(configuration, reconstruction(configuration));
      return [
        { from: 0, step: (state, batch, context) => update(state, batch, context, normalsOf(context.key)) },
      ];
    },
    hopeless: (configuration, { kl }, updates) => posteriorCollapse(configuration, kl, updates),
    afterRestart: annealed,
    held(configuration) {
      const network = autoencoderNetwork(configuration);
      const of = reconstruction(configuration);
      return (variables, { noisy }, draws) => {
        const given = { normals: normalsOf(draws), weight: 1, train: false };
        const { loss } = variationalLoss(network, of, ofNetwork(variables), noisy, given);
        return { loss, pixels: full([], sizeOf(noisy.shape)) };
      };
    },
    apply(configuration) {
      const network = autoencoderNetwork(configuration);
      return (variables, x, origin) =>
        posteriorMean(
          network.posterior(ofNetwork(variables), x, { train: false }),
          x,
          configuration.samples,
          key(0),
          placeOf(x, origin),
        );
    },
    posteriorSample(configuration) {
      const network = autoencoderNetwork(configuration);
      return (variables, x, sample, origin) =>
        posteriorSample(
          network.posterior(ofNetwork(variables), x, { train: false }),
          sample,
          key(0),
          placeOf(x, origin),
        );
    },
    sampled(configuration) {
      const network = autoencoderNetwork(configuration);
      return (variables, x, draw) =>
        network.posterior(ofNetwork(variables), x, { train: false })(normalsOf(draw), 1).signals;
    },
    // The widest activation is the outermost level of the signals that are drawn at once.
    geometry: ({ depth, filters, samples }) => ({
      multiple: 2 ** depth,
      bytesPerPixel: 4 * filters * Math.min(samples, SAMPLES_AT_ONCE),
    }),
  };
}
