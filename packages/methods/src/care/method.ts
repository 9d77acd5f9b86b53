import { noMembers, type TrainedMethod, type TrainingBatch } from "@clidim/denoise";
import { concat, mul, type Tensor } from "@clidim/tensor";
import { laplaceLoss } from "../losses/laplaceLoss.js";
import { pixelLoss } from "../losses/pixelLoss.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { networkStep } from "../training/networkStep.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { commonTrainingKeys, smallestCrop } from "../training/trainingFields.js";
import { careNetwork, channelOf } from "./network.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups, presetNames } from "./schema.js";

const networkOf = (configuration: Configuration) =>
  careNetwork({ ...configuration, probabilistic: configuration.loss === "laplace" });

/** The clean crops of a batch, which the target asks for. */
function cleanOf({ clean }: TrainingBatch): Tensor {
  if (!clean) throw new Error("care: expected clean crops, got none");
  return clean;
}

/** How far the network's output is from the clean image. */
export const careLoss = (loss: Configuration["loss"], output: Tensor, clean: Tensor): Tensor =>
  loss === "laplace"
    ? laplaceLoss(channelOf(output, 0), channelOf(output, 1), clean)
    : pixelLoss(loss, output, clean);

/** CARE (Weigert et al. 2018), as the package CSBDeep has it and as PPN2V's authors compare with it, as a method of the protocol. */
export const care: TrainedMethod<Configuration, NetworkState> = {
  kind: "trained",
  name: "care",
  version: 1,
  title: "CARE",
  summary:
    "A U-Net trained on pairs of noisy and clean images; with the loss laplace it predicts its own uncertainty (Weigert et al.).",
  guide: {
    gives: ["with the loss laplace, uncertainty, as the network predicts it"],
    time: "minutes",
    when: "there are clean images of scenes like yours and a plain network is wanted, or one that says how sure it is",
    cannot:
      "do without clean images, nor know how sure it is of images of another kind than those of its training",
    source: {
      text: "Weigert et al. 2018, Content-aware image restoration: pushing the limits of fluorescence microscopy",
      url: "https://doi.org/10.1038/s41592-018-0216-7",
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
      loss: "mae, mse, or laplace, which predicts an uncertainty",
    },
  },
  target: "clean",
  members: () => noMembers,
  cropFor: cropOfHalvings(smallestCrop),
  shown: ({ loss }) => [
    { metric: "loss", label: loss === "laplace" ? "-log likelihood" : loss.toUpperCase(), digits: 4 },
  ],
  ...ofOneNetwork(networkOf),
  phases: (configuration) => [
    {
      from: 0,
      step: networkStep(networkOf(configuration), configuration, (network, batch) =>
        careLoss(configuration.loss, network(batch.noisy), cleanOf(batch)),
      ),
    },
  ],
  apply(configuration) {
    const network = networkOf(configuration);
    return (variables, x) => channelOf(network.apply(ofNetwork(variables), x, { train: false }).output, 0);
  },
  predictsDeviation: true,
  sampled(configuration) {
    if (configuration.loss !== "laplace") {
      return "nothing random in it to make passes differ, and predicts no uncertainty, as CARE does with the loss laplace";
    }
    const network = networkOf(configuration);
    return (variables, x) => {
      const { output } = network.apply(ofNetwork(variables), x, { train: false });
      // The variance of Laplace's distribution of scale b is 2 b^2.
      return concat([channelOf(output, 0), mul(channelOf(output, 1), Math.SQRT2)], 3);
    };
  },
  // The widest activation is the input of the outermost level on the way up, or, where skips are added, its output.
  geometry: ({ depth, filters, network }) => ({
    multiple: 2 ** depth,
    bytesPerPixel: 4 * filters * (network === "csbdeep" ? 2 : 1),
  }),
};
