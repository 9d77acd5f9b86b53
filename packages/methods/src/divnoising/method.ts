import type { TrainedMethod } from "@clidim/denoise";
import type { NetworkState } from "../training/networkState.js";
import { commonKeys, presetNames } from "../variational/fields.js";
import { noiseModelled } from "../variational/noiseModelled.js";
import { variationalMethod } from "../variational/variationalMethod.js";
import { autoencoderNetwork } from "../variational/variationalNetwork.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups } from "./schema.js";

/** DivNoising (Prakash, Krull and Jug 2021) as a method of the protocol. */
export const divnoising: TrainedMethod<Configuration, NetworkState> = variationalMethod<Configuration>({
  name: "divnoising",
  title: "DivNoising",
  summary:
    "A variational autoencoder with a model of the noise, trained on noisy images alone; the result is the mean of signals that it draws (Prakash, Krull and Jug).",
  guide: {
    gives: ["uncertainty, as the spread of its samples"],
    time: "minutes",
    when: "there are noisy images alone, the camera's noise is known well, and how far apart likely answers are shall be told of each pixel",
    cannot:
      "be better than its model of the noise, nor remove noise that neighbouring pixels share, and detail that is rare is lost in its code",
    source: {
      text: "Prakash, Krull and Jug 2021, Fully Unsupervised Diversity Denoising with Convolutional Variational Autoencoders",
      url: "https://arxiv.org/abs/2006.06072",
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
    common: commonKeys,
  },
  ...noiseModelled<Configuration>("divnoising"),
  network: autoencoderNetwork,
  widest: ({ filters }) => filters,
});
