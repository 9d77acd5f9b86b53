import { noMembers, type TrainedMethod } from "@clidim/denoise";
import { concat, type Tensor } from "@clidim/tensor";
import { spotsWithin } from "../blindSpots/fields.js";
import { noiseOf } from "../noiseLikelihood/configuredNoise.js";
import { logDensityOf } from "../noiseLikelihood/logDensity.js";
import { noiseIn } from "../noiseLikelihood/noiseIn.js";
import { resumedNoise } from "../noiseLikelihood/resumedNoise.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { commonTrainingKeys, smallestCrop } from "../training/trainingFields.js";
import { pn2vNetwork } from "./network.js";
import { type Posterior, posterior, SAMPLES_AT_ONCE } from "./posterior.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups, presetNames } from "./schema.js";
import { blindLoss, pn2vStep } from "./step.js";

/** What a network says of noisy images, by the configuration's key `inference`. */
function inferred(configuration: Configuration) {
  const network = pn2vNetwork(configuration);
  const { inference, samples } = configuration;
  const logDensity = inference === "mmse" ? logDensityOf(noiseIn("pn2v", configuration)) : undefined;
  return (variables: Parameters<typeof ofNetwork>[0], x: Tensor): Posterior =>
    posterior(network, ofNetwork(variables), x, samples, logDensity);
}

/** Probabilistic Noise2Void (Krull, Vicar, Prakash, Lalit and Jug 2020), as PPN2V's code has it, as a method of the protocol. */
export const pn2v: TrainedMethod<Configuration, NetworkState> = {
  kind: "trained",
  name: "pn2v",
  version: 1,
  title: "PN2V",
  summary:
    "Noise2Void with a model of the noise, trained on noisy images alone: what the pixels around say of one is weighed with its own value (Krull et al.).",
  guide: {
    gives: ["uncertainty, as the spread of its samples"],
    time: "minutes",
    when: "there are noisy images alone and the camera's noise is known well, so that a pixel's own value can count",
    cannot:
      "be better than its model of the noise, nor remove noise that neighbouring pixels share; under strong noise its weighted mean wants a long training",
    source: {
      text: "Krull et al. 2020, Probabilistic Noise2Void: Unsupervised Content-Aware Denoising",
      url: "https://arxiv.org/abs/1906.00651",
    },
  },
  space: {
    presets: presetNames,
    presetGuide,
    groups: fieldGroups,
    schema: Configuration,
    check: checkConfiguration,
    defaults,
    changes: presetChanges,
    common: {
      ...commonTrainingKeys,
      samples: "values that a pixel's signal may have",
    },
  },
  target: "none",
  members: () => noMembers,
  takesNoise: true,
  cropFor(configuration, side) {
    const fitting = cropOfHalvings(smallestCrop)(configuration, side);
    return fitting && { ...fitting, ...spotsWithin(configuration, fitting.crop) };
  },
  prepare: async (configuration, images) => ({
    ...configuration,
    noise: await noiseOf(configuration.distribution, images),
  }),
  resumed: resumedNoise,
  shown: () => [{ metric: "loss", label: "-log likelihood", digits: 4 }],
  ...ofOneNetwork<Configuration>(pn2vNetwork),
  phases: (configuration) => [{ from: 0, step: pn2vStep(configuration) }],
  heldLikelihood: true,
  held(configuration) {
    const loss = blindLoss(configuration);
    return (variables, { noisy }, spots) => loss(ofNetwork(variables), noisy, spots, false);
  },
  apply(configuration) {
    const of = inferred(configuration);
    return (variables, x) => of(variables, x).mean;
  },
  predictsDeviation: true,
  sampled(configuration) {
    const of = inferred(configuration);
    return (variables, x) => {
      const { mean, deviation } = of(variables, x);
      return concat([mean, deviation], 3);
    };
  },
  // The widest activation is that of the samples that are made at once, or the outermost level.
  geometry: ({ depth, filters, samples }) => ({
    multiple: 2 ** depth,
    bytesPerPixel: 4 * Math.max(filters, Math.min(samples, SAMPLES_AT_ONCE)),
  }),
};
