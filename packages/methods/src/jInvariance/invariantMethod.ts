import {
  type ConfigurationSpace,
  type Held,
  type MethodGuide,
  noMembers,
  type SelfTraining,
  type TrainedMethod,
} from "@clidim/denoise";
import type { Tensor } from "@clidim/tensor";
import { csbdeepUnet } from "../networks/csbdeepUnet.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { networkStep } from "../training/networkStep.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { smallestCrop } from "../training/trainingFields.js";
import type { InvariantConfiguration } from "./fields.js";

/** What tells one of these methods from another. */
export interface InvariantMethodOptions<C extends InvariantConfiguration> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly guide: MethodGuide;
  readonly space: ConfigurationSpace<C>;
  readonly selfTraining?: SelfTraining;
  /** How the progress line calls the loss. */
  readonly label: string;
  /** How badly a network does at noisy images, and over how many pixels; the key draws the sets. */
  judge(configuration: C, network: (x: Tensor) => Tensor, noisy: Tensor, key: Tensor): Held;
  /** What a trained network makes of images. Default: its output for them. */
  denoised?(configuration: C, network: (x: Tensor) => Tensor, noisy: Tensor): Tensor;
}

/** A method that learns from noisy images alone, by what the rest of an image says of a set of its pixels: CSBDeep's U-Net without norms, trained by what also judges it on held-out images. */
export function invariantMethod<C extends InvariantConfiguration>({
  judge,
  denoised = (_configuration, network, noisy) => network(noisy),
  label,
  ...named
}: InvariantMethodOptions<C>): TrainedMethod<C, NetworkState> {
  const networkOf = ({ depth, filters, kernel }: C) =>
    csbdeepUnet({
      ...{ depth, filters, kernel },
      ...{ norm: "none", wayUp: "doubled", pooling: "max", outermostSkip: true, heads: ["head"] },
    });
  return {
    kind: "trained",
    version: 1,
    ...named,
    target: "none",
    members: () => noMembers,
    cropFor: cropOfHalvings(smallestCrop),
    shown: () => [{ metric: "loss", label, digits: 4 }],
    ...ofOneNetwork(networkOf),
    phases: (configuration) => [
      {
        from: 0,
        step: networkStep(
          networkOf(configuration),
          configuration,
          (network, { noisy }, draws) => judge(configuration, network, noisy, draws).loss,
        ),
      },
    ],
    held(configuration) {
      const network = networkOf(configuration);
      return (variables, { noisy }, draws) =>
        judge(
          configuration,
          (x) => network.apply(ofNetwork(variables), x, { train: false }).output,
          noisy,
          draws,
        );
    },
    apply(configuration) {
      const network = networkOf(configuration);
      return (variables, noisy) =>
        denoised(
          configuration,
          (x) => network.apply(ofNetwork(variables), x, { train: false }).output,
          noisy,
        );
    },
    sampled: () => `nothing random in it to make passes differ (${named.title} has no dropout)`,
    // The widest activation is the input of the outermost level on the way up.
    geometry: ({ depth, filters }) => ({ multiple: 2 ** depth, bytesPerPixel: 4 * 2 * filters }),
  };
}
