import { noMembers, type TrainedMethod, type TrainingImages } from "@clidim/denoise";
import { boxOf } from "../blindSpots/blindSpots.js";
import { spotsWithin } from "../blindSpots/fields.js";
import { noiseStructure } from "../blindSpots/noiseStructure.js";
import type { StructAxis } from "../blindSpots/structuredMask.js";
import { cropOfHalvings } from "../training/halvings.js";
import { type NetworkState, ofNetwork } from "../training/networkState.js";
import { ofOneNetwork } from "../training/ofOneNetwork.js";
import { commonTrainingKeys, smallestCrop } from "../training/trainingFields.js";
import { noise2voidNetwork } from "./network.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, checkConfiguration, fieldGroups, type PresetName, presetNames } from "./schema.js";
import { spotBox } from "./spotBox.js";
import { heldLoss, noise2voidStep } from "./step.js";

const linesOf = (axis: StructAxis): string => (axis === "horizontal" ? "rows" : "columns");

const presetMaskedPercent = (preset: PresetName): number =>
  presetChanges[preset].maskedPercent ?? defaults.maskedPercent;

/** The configuration with the axis and span that the training images decide. */
async function decided(
  configuration: Configuration,
  { scenes, tell }: TrainingImages,
): Promise<Configuration> {
  if (configuration.structAxis !== "auto") return configuration;
  const found = await noiseStructure(scenes);
  if (!found) return { ...configuration, structAxis: "none" };
  const { axis, span, furthest } = found;
  if (furthest) {
    tell?.(
      `the noise of these pages is correlated along ${linesOf(axis)} over ${span} pixels or more: no further pixels are looked at, nor hidden with a blind spot, so that a part of the noise may stay; where it shifts whole lines, take the shifts off before`,
    );
  }
  return { ...configuration, structAxis: axis, structSpan: span };
}

/** Noise2Void (Krull et al. 2019) and N2V2 (Höck et al. 2022), as the package n2v has them, as a method of the protocol. */
export const noise2void: TrainedMethod<Configuration, NetworkState> = {
  kind: "trained",
  name: "noise2void",
  version: 1,
  title: "Noise2Void",
  summary:
    "A U-Net trained on noisy images alone: it predicts pixels that it does not see, of whose noise their surroundings say nothing (Krull et al.).",
  guide: {
    gives: [],
    time: "minutes",
    when: "there are noisy images alone, each scene captured once; with structured masks also where noise runs along rows or columns",
    cannot:
      "remove noise that neighbouring pixels share in all directions, nor give what clean images would; how good a short training is depends on its seed",
    source: {
      text: "Krull, Buchholz and Jug 2019, Noise2Void - Learning Denoising from Single Noisy Images",
      url: "https://arxiv.org/abs/1811.10980",
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
      maskedPercent: "part of the pixels that are blind spots",
    },
  },
  target: "none",
  members: () => noMembers,
  noiseAxis: ({ structAxis }) => (structAxis === "none" || structAxis === "auto" ? undefined : structAxis),
  cropFor(configuration, side) {
    const fitting = cropOfHalvings(smallestCrop)(configuration, side);
    return fitting && { ...fitting, ...spotsWithin(configuration, fitting.crop) };
  },
  async prepare(configuration, images) {
    const prepared = await decided(configuration, images);
    const { maskedPercent, structSpan, hiddenPercent } = prepared;
    const [asked, box] = [boxOf(maskedPercent), spotBox(prepared)];
    if (box > asked && maskedPercent !== presetMaskedPercent(prepared.preset)) {
      images.tell?.(
        `blind spots are one in each ${box} x ${box} pixels, not in each ${asked} x ${asked} as maskedPercent ${maskedPercent} says: with ${structSpan} pixels hidden together, these would leave too little to see (hiddenPercent ${hiddenPercent})`,
      );
    }
    return prepared;
  },
  selfTraining: {
    leastUpdates: 100,
    mostUpdates: 40_000,
    async suits(scenes) {
      const found = await noiseStructure(scenes);
      if (!found) return undefined;
      const { axis, span, furthest } = found;
      return {
        changes: { structAxis: axis, structSpan: span },
        reason: `noise runs along ${linesOf(axis)}, which it can be blind to${furthest ? ` over ${span} pixels, as far as was looked` : ""}`,
      };
    },
  },
  shown: ({ loss }) => [{ metric: "loss", label: `masked ${loss.toUpperCase()}`, digits: 4 }],
  ...ofOneNetwork<Configuration>(noise2voidNetwork),
  phases: (configuration) => [{ from: 0, step: noise2voidStep(configuration) }],
  held(configuration) {
    const loss = heldLoss(configuration);
    return (variables, { noisy }, spots) => loss(ofNetwork(variables), noisy, spots);
  },
  apply(configuration) {
    const network = noise2voidNetwork(configuration);
    return (variables, x) => network.apply(ofNetwork(variables), x, { train: false }).output;
  },
  sampled: () => "nothing random in it to make passes differ (Noise2Void has no dropout)",
  // The widest activation is the input of the outermost level on the way up.
  geometry: ({ depth, filters, network }) => ({
    multiple: 2 ** depth,
    bytesPerPixel: 4 * filters * (network === "n2v" ? 2 : 1),
  }),
};
