import { valueAndGrad } from "@clidim/autograd";
import { type Held, learningRateAt, type TrainingPhase } from "@clidim/denoise";
import { adam } from "@clidim/nn";
import { onesLike, split, sum, type Tensor } from "@clidim/tensor";
import { atSpots } from "../blindSpots/atSpots.js";
import { boxOf, drawBlindSpots } from "../blindSpots/blindSpots.js";
import { maskImages } from "../blindSpots/manipulators.js";
import type { NetworkTree, NetworkVariables } from "../networks/networkTree.js";
import { logDensityOf } from "../noiseLikelihood/logDensity.js";
import { noiseIn } from "../noiseLikelihood/noiseIn.js";
import type { NetworkState } from "../training/networkState.js";
import { likelihoodLoss } from "./likelihoodLoss.js";
import { pn2vNetwork } from "./network.js";
import type { Configuration } from "./schema.js";

/** The loss of a network at noisy images [N,H,W,1], at the blind spots that the key draws, and their number. Samples are made at these alone: elsewhere nothing looks at them. */
export function blindLoss(
  configuration: Configuration,
): (variables: NetworkVariables, noisy: Tensor, key: Tensor, train: boolean) => Held {
  const { maskedPercent, manipulator, radius, samples: count } = configuration;
  const network = pn2vNetwork(configuration);
  const logDensity = logDensityOf(noiseIn("pn2v", configuration));
  return (variables, noisy, key, train) => {
    const [places, values] = split(key);
    const spots = drawBlindSpots(places, noisy.shape, boxOf(maskedPercent));
    const { input } = maskImages(manipulator, values, noisy, spots, radius);
    const features = network.features(variables, input, { train });
    const samples = network.outputsOf(variables.params, atSpots(spots, features), 0, count);
    const inside = atSpots(spots, onesLike(noisy));
    return {
      loss: likelihoodLoss(logDensity, atSpots(spots, noisy), samples, inside),
      pixels: sum(inside),
    };
  };
}

/** One update of PN2V (Krull, Vicar, Prakash, Lalit and Jug 2020) as a pure function: Adam on the likelihood of the images at their blind spots, of which the network sees other values. */
export function pn2vStep(configuration: Configuration): TrainingPhase<NetworkState>["step"] {
  const { beta1, beta2 } = configuration;
  const lossOf = blindLoss(configuration);
  return ({ params, stats, optimizer }, { noisy }, { update, key }) => {
    const learningRate = learningRateAt(configuration, update);
    const { value: loss, grads } = valueAndGrad(
      (now: NetworkTree) => lossOf({ params: now, stats }, noisy, key, true).loss,
    )(params);
    const after = adam({ learningRate: () => learningRate, beta1, beta2 }).update(grads, optimizer, params);
    return { state: { params: after.params, stats, optimizer: after.state }, metrics: { loss } };
  };
}
