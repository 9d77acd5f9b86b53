import type { TrainedMethod, TrainingBatch } from "@clidim/denoise";
import { sizeOf, type Tensor, tensor } from "@clidim/tensor";
import { pixelLoss } from "../losses/pixelLoss.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { networkStep } from "../training/networkStep.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { commonTrainingKeys, smallestCrop } from "../training/trainingFields.js";
import { noise2noiseNetwork } from "./network.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups, presetNames } from "./schema.js";

/** The other capture of a batch, which `members` asks for. */
function captureOf({ capture }: TrainingBatch | { readonly capture?: Tensor }): Tensor {
  if (!capture) throw new Error("noise2noise: expected other captures of the crops, got none");
  return capture;
}

/** Noise2Noise (Lehtinen et al. 2018) as a method of the protocol. */
export const noise2noise: TrainedMethod<Configuration, NetworkState> = {
  kind: "trained",
  name: "noise2noise",
  version: 1,
  title: "Noise2Noise",
  summary:
    "A U-Net trained to turn one noisy capture of a scene into another: what it cannot know of that is the noise, so that it gives the mean (Lehtinen et al.).",
  guide: {
    gives: [],
    time: "minutes",
    when: "each scene was captured twice or more while it stood still, and nothing clean was",
    cannot:
      "use captures that are shifted or changed in between, nor remove what is the same in all of them, such as a camera's fixed pattern",
    source: {
      text: "Lehtinen et al. 2018, Noise2Noise: Learning Image Restoration without Clean Data",
      url: "https://arxiv.org/abs/1803.04189",
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
      filters: "channels of the way down of the network",
      targets: "which captures a page is trained towards",
    },
  },
  target: "capture",
  members: ({ targets }) => ({
    capture: targets === "next" ? "next" : "other",
    places: false,
    noise: false,
  }),
  cropFor: cropOfHalvings(smallestCrop),
  shown: ({ loss }) => [{ metric: "loss", label: loss.toUpperCase(), digits: 4 }],
  ...ofOneNetwork<Configuration>(noise2noiseNetwork),
  phases: (configuration) => [
    {
      from: 0,
      step: networkStep(noise2noiseNetwork(configuration), configuration, (network, batch) =>
        pixelLoss(configuration.loss, network(batch.noisy), captureOf(batch)),
      ),
    },
  ],
  held(configuration) {
    const network = noise2noiseNetwork(configuration);
    return (variables, images) => {
      const { output } = network.apply(ofNetwork(variables), images.noisy, { train: false });
      return {
        loss: pixelLoss(configuration.loss, output, captureOf(images)),
        pixels: tensor(sizeOf(images.noisy.shape)),
      };
    };
  },
  apply(configuration) {
    const network = noise2noiseNetwork(configuration);
    return (variables, x) => network.apply(ofNetwork(variables), x, { train: false }).output;
  },
  sampled: () => "nothing random in it to make passes differ (Noise2Noise has no dropout)",
  // The widest activation is the input of the outermost level on the way up.
  geometry: ({ depth, filters }) => ({ multiple: 2 ** depth, bytesPerPixel: 4 * (2 * filters + 1) }),
};
