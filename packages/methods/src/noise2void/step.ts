import { valueAndGrad } from "@clidim/autograd";
import {
  atPrecision,
  type Held,
  learningRateAt,
  scaledOptimizer,
  type TrainingPhase,
  type UpdateContext,
  type Updated,
} from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { cast, foldIn, split, sum, type Tensor } from "@clidim/tensor";
import { drawBlindSpots } from "../blindSpots/blindSpots.js";
import { type MaskedImages, maskImages } from "../blindSpots/manipulators.js";
import { maskedLoss } from "../blindSpots/maskedLoss.js";
import { hideNeighbours } from "../blindSpots/structuredMask.js";
import type { NetworkTree, NetworkVariables } from "../networks/networkTree.js";
import { moveStatistics } from "../training/moveStatistics.js";
import type { NetworkState } from "../training/networkState.js";
import { noise2voidNetwork } from "./network.js";
import type { Configuration } from "./schema.js";
import { spotBox } from "./spotBox.js";

/** Sets what stands at neighbours apart from what stands at the spots. */
const NEIGHBOURS = 0x6e657874;

/** The images with the blind spots that a key draws, and hidden neighbours where these are asked for. */
function blinded(configuration: Configuration, key: Tensor, images: Tensor): MaskedImages {
  const { manipulator, radius, structAxis, structSpan } = configuration;
  const [places, values] = split(key);
  const spots = drawBlindSpots(places, images.shape, spotBox(configuration));
  const masked = maskImages(manipulator, values, images, spots, radius);
  switch (structAxis) {
    case "none":
      return masked;
    case "horizontal":
    case "vertical":
      return hideNeighbours(masked, foldIn(values, NEIGHBOURS), structAxis, structSpan);
    case "auto":
      throw new Error("noise2void: structAxis auto is for the training images to decide; see prepare");
    default:
      return structAxis satisfies never;
  }
}

/**
 * One update of Noise2Void (Krull et al. 2019) as a pure function: Adam on the masked loss of the network's output for the images with other values at their blind
 * spots, against the images. Batch norms use the statistics of the batch, and move their running ones.
 */
export function noise2voidStep(configuration: Configuration): TrainingPhase<NetworkState>["step"] {
  const update = maskedUpdate(configuration);
  return (state, { noisy }, context) =>
    update(state, noisy, blinded(configuration, context.key, noisy), context);
}

/** That update with given blind spots. */
export function maskedUpdate(
  configuration: Configuration,
): (
  state: NetworkState,
  noisy: Tensor,
  masked: MaskedImages,
  context: Pick<UpdateContext, "update" | "lossScale">,
) => Updated<NetworkState> {
  const { loss: name, beta1, beta2 } = configuration;
  const network = atPrecision(configuration, noise2voidNetwork(configuration));
  return (state, noisy, { input, mask }, { update, lossScale }) => {
    const learningRate = learningRateAt(configuration, update);
    const optimizer = scaledOptimizer(adam({ learningRate: () => learningRate, beta1, beta2 }), lossScale);
    const lossOf = (params: NetworkTree) => {
      const { output, stats } = network.apply({ params, stats: state.stats }, input, { train: true });
      const loss = maskedLoss(name, output, noisy, mask);
      return { loss: optimizer.scale(loss), aux: { stats, loss } };
    };
    const { grads, aux } = valueAndGrad(lossOf)(state.params);
    const updated = optimizer.update(grads, state.optimizer, state.params);
    const stats = optimizer.keep(moveStatistics(state.stats, aux.stats, update), state.stats);
    return {
      state: { params: updated.params, stats, optimizer: updated.state },
      metrics: { loss: aux.loss },
      ...optimizer.next(),
      taken: optimizer.finite(),
    };
  };
}

/** The masked loss of a trained network on noisy images, with the blind spots that the key draws, and their number. */
export function heldLoss(
  configuration: Configuration,
): (variables: NetworkVariables, noisy: Tensor, key: Tensor) => Held {
  const network = noise2voidNetwork(configuration);
  return (variables, noisy, key) => {
    const { input, mask } = blinded(configuration, key, noisy);
    const { output } = network.apply(variables, input, { train: false });
    return { loss: maskedLoss(configuration.loss, output, noisy, mask), pixels: sum(cast(mask, "f32")) };
  };
}
