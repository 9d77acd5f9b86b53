import type { TrainedMethod } from "@clidim/denoise";
import type { NetworkState } from "../training/networkState.js";
import { commonKeys } from "../variational/fields.js";
import { ladderNetwork } from "../variational/ladderNetwork.js";
import { noiseModelled } from "../variational/noiseModelled.js";
import { variationalMethod } from "../variational/variationalMethod.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups, MOST_LEVELS, presetNames } from "./schema.js";

/** Hierarchical DivNoising (Prakash, Delbracio, Milanfar and Jug 2022) as a method of the protocol. */
export const hdn: TrainedMethod<Configuration, NetworkState> = variationalMethod<Configuration>({
  name: "hdn",
  title: "HDN",
  summary:
    "A ladder of variational autoencoders with a model of the noise, trained on noisy images alone; the result is the mean of signals that it draws (Prakash, Delbracio, Milanfar and Jug).",
  guide: {
    gives: ["uncertainty, as the spread of its samples"],
    time: "minutes",
    when: "DivNoising would be the choice and there is nearly three times the time: its codes of several sizes keep more detail, and learn in fewer updates",
    cannot: "be better than its model of the noise, nor remove noise that neighbouring pixels share",
    source: {
      text: "Prakash, Delbracio, Milanfar and Jug 2022, Interpretable Unsupervised Diversity Denoising and Artefact Removal",
      url: "https://arxiv.org/abs/2104.01374",
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
    common: { ...commonKeys, filters: "channels of the network" },
  },
  ...noiseModelled<Configuration>("hdn"),
  network: ladderNetwork,
  // The gates' convolutions double the channels.
  widest: ({ filters }) => 2 * filters,
  levels: MOST_LEVELS,
  free: ({ depth, freeBits, crop }) => (depth * freeBits) / crop ** 2,
});
