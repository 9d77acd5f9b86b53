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
import { foldIn, full, key, sizeOf, sub, type Tensor } from "@clidim/tensor";
import type { NetworkTree } from "../networks/networkTree.js";
import { cropOfHalvings } from "../training/halvings.js";
import { moveStatistics } from "../training/moveStatistics.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { smallestCrop } from "../training/trainingFields.js";
import { annealed, klWeight, posteriorCollapse } from "./annealing.js";
import type { VariationalConfiguration } from "./fields.js";
import { type Normals, normalsOf, type TilePlace } from "./normals.js";
import { posteriorMean, posteriorSample, SAMPLES_AT_ONCE } from "./posteriorMean.js";
import { type Reconstruction, variationalLoss } from "./variationalLoss.js";
import type { VariationalNetwork } from "./variationalNetwork.js";

/** What tells one of these methods from another. */
export interface VariationalMethodOptions<C extends VariationalConfiguration>
  extends Pick<TrainedMethod<C>, "prepare" | "resumed" | "takesNoise"> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly guide: MethodGuide;
  readonly space: ConfigurationSpace<C>;
  network(configuration: C): VariationalNetwork;
  /** Channels of its widest activation, which is of the size of the image. */
  widest(configuration: C): number;
  /** Levels that its code can have, whose divergences are losses of their own: `kl1`, the outermost, and so on. Absent: it has none. */
  readonly levels?: number;
  /** Nats per pixel that the code may tell without cost. Absent: none. */
  free?(configuration: C): number;
  /** Of images in network values. */
  reconstruction(configuration: C): Reconstruction;
}

/** How many updates there were since the weights were fresh. */
const sinceFresh = ({ annealedFrom }: VariationalConfiguration, update: Tensor): Tensor =>
  annealedFrom === undefined ? update : sub(update, annealedFrom);

/** The learning rate of an update, by the schedule over those since the weights were fresh. */
export function learningRateSince(configuration: VariationalConfiguration, update: Tensor): Tensor {
  const { annealedFrom = 0, updates } = configuration;
  return learningRateAt(
    { ...configuration, updates: updates - annealedFrom },
    sinceFresh(configuration, update),
  );
}

/** Sets what dropout draws apart from what is drawn of the code. */
const DROPOUT = 0x64726f70;

const levelName = (i: number): string => `kl${i + 1}`;

/** One update as a pure function of what is drawn: Adam on the negative evidence lower bound. */
export function variationalUpdate(
  configuration: VariationalConfiguration,
  network: VariationalNetwork,
  reconstructionOf: Reconstruction,
): (
  state: NetworkState,
  batch: TrainingBatch,
  context: Pick<UpdateContext, "update"> & { readonly key?: Tensor },
  normals: Normals,
) => Updated<NetworkState> {
  const { beta1, beta2 } = configuration;
  return ({ params, stats, optimizer }, { noisy }, { update, key }, normals) => {
    const learningRate = learningRateSince(configuration, update);
    const given = {
      normals,
      weight: klWeight(configuration, update),
      context: { train: true, ...(key && { key: foldIn(key, DROPOUT) }) },
    };
    const { grads, aux } = valueAndGrad((now: NetworkTree) => {
      const parts = variationalLoss(network, reconstructionOf, { params: now, stats }, noisy, given);
      return { loss: parts.loss, aux: { ...parts } };
    })(params);
    const after = adam({ learningRate: () => learningRate, beta1, beta2 }).update(grads, optimizer, params);
    const { loss, reconstruction, kl, levels } = aux;
    return {
      state: {
        params: after.params,
        stats: moveStatistics(stats, aux.stats, sinceFresh(configuration, update)),
        optimizer: after.state,
      },
      metrics: {
        ...{ loss, reconstruction, kl },
        ...Object.fromEntries(levels.map((part, i) => [levelName(i), part])),
      },
    };
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
  network: networkOf,
  widest,
  levels = 0,
  free,
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
    ...ofOneNetwork<C>(networkOf),
    metrics: ["loss", "reconstruction", "kl", ...Array.from({ length: levels }, (_, i) => levelName(i))],
    shown: () => [
      { metric: "reconstruction", label: "-log likelihood", digits: 4 },
      { metric: "kl", label: "KL", digits: 4 },
    ],
    phases: (configuration) => {
      const update = variationalUpdate(
        configuration,
        networkOf(configuration),
        reconstruction(configuration),
      );
      return [
        { from: 0, step: (state, batch, context) => update(state, batch, context, normalsOf(context.key)) },
      ];
    },
    hopeless: (configuration, { kl }, updates) =>
      posteriorCollapse(configuration, kl, updates, free?.(configuration)),
    afterRestart: annealed,
    heldLikelihood: true,
    held(configuration) {
      const network = networkOf(configuration);
      const of = reconstruction(configuration);
      return (variables, { noisy }, draws) => {
        const given = { normals: normalsOf(draws), weight: 1, context: { train: false } };
        const { loss } = variationalLoss(network, of, ofNetwork(variables), noisy, given);
        return { loss, pixels: full([], sizeOf(noisy.shape)) };
      };
    },
    apply(configuration) {
      const network = networkOf(configuration);
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
      const network = networkOf(configuration);
      return (variables, x, sample, origin) =>
        posteriorSample(
          network.posterior(ofNetwork(variables), x, { train: false }),
          sample,
          key(0),
          placeOf(x, origin),
        );
    },
    sampled(configuration) {
      const network = networkOf(configuration);
      return (variables, x, draw) =>
        network.posterior(ofNetwork(variables), x, { train: false })(normalsOf(draw), 1).signals;
    },
    // It is there for each of the signals that are drawn at once.
    geometry: (configuration) => ({
      multiple: 2 ** configuration.depth,
      bytesPerPixel: 4 * widest(configuration) * Math.min(configuration.samples, SAMPLES_AT_ONCE),
    }),
  };
}
