import type { TrainedMethod } from "@clidim/denoise";
import { gaussianLoss } from "../losses/gaussianLoss.js";
import type { NetworkState } from "../training/networkState.js";
import { checkVariational, commonKeys, presetNames } from "../variational/fields.js";
import { variationalMethod } from "../variational/variationalMethod.js";
import { autoencoderNetwork } from "../variational/variationalNetwork.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, fieldGroups } from "./schema.js";

/** The variational autoencoder that DivNoising is compared with (Prakash, Krull and Jug 2021), as a method of the protocol. */
export const vae: TrainedMethod<Configuration, NetworkState> = variationalMethod<Configuration>({
  name: "vae",
  title: "Vanilla VAE",
  summary:
    "A variational autoencoder trained on noisy images alone, with noise of one strength that it finds by itself; the result is the mean of signals that it draws (Kingma and Welling).",
  guide: {
    gives: ["uncertainty, as the spread of its samples"],
    time: "minutes",
    when: "there are noisy images alone, nothing is known of the noise, and how far apart likely answers are shall be told of each pixel",
    cannot:
      "tell noise that is stronger in bright places from detail, nor keep detail that is rare, and its results are softer than those of other methods",
    source: {
      text: "Kingma and Welling 2014, Auto-Encoding Variational Bayes",
      url: "https://arxiv.org/abs/1312.6114",
    },
  },
  space: {
    presets: presetNames,
    presetGuide,
    groups: fieldGroups,
    schema: Configuration,
    check: checkVariational,
    defaults,
    changes: presetChanges,
    common: commonKeys,
  },
  network: autoencoderNetwork,
  widest: ({ filters }) => filters,
  reconstruction: () => gaussianLoss,
});
