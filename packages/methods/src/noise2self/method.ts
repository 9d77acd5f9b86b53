import {
  type Changes,
  normalizationChoice,
  normalizationFields,
  notes,
  oneOf,
  record,
  type TrainedMethod,
} from "@clidim/denoise";
import { cast, sum } from "@clidim/tensor";
import { maskedLoss } from "../blindSpots/maskedLoss.js";
import {
  checkInvariant,
  type InvariantConfiguration,
  invariantDefaults,
  invariantFields,
  laptopSize,
} from "../jInvariance/fields.js";
import { drawPhases, gridMask, withoutMasked } from "../jInvariance/gridMask.js";
import { invariantMethod } from "../jInvariance/invariantMethod.js";
import { invariantOutput } from "../jInvariance/invariantOutput.js";
import { type LossName, lossNames } from "../losses/pixelLoss.js";
import type { NetworkState } from "../training/networkState.js";

const presetNames = ["laptop", "large"] as const;
type PresetName = (typeof presetNames)[number];

const inferences = ["whole", "invariant"] as const;

/** The keys of Noise2Self beside those of every method. Plain data. */
export type Configuration = InvariantConfiguration & {
  readonly preset: PresetName;
  /** Of the output at the pixels of the set against the noisy values there. */
  readonly loss: LossName;
  /** "whole": the trained network sees all pixels. "invariant": each pixel is told from the others, as in training, in stride^2 passes. */
  readonly inference: (typeof inferences)[number];
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  ...invariantFields,
  loss: oneOf(
    lossNames,
    "Mean absolute or squared difference from the noisy values at the pixels of the set.",
  ),
  inference: oneOf(
    inferences,
    "Whether a trained network sees all pixels, or tells each from the others, as in training, in stride^2 passes.",
  ),
} as const;

const defaults: Omit<Configuration, "preset"> = { ...invariantDefaults, loss: "mse", inference: "whole" };

const changes: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    ...laptopSize,
    notes: ["Half the channels of large: a size that trains without a GPU."],
  },
  large: {
    notes: ["The authors leave the network open; this is CSBDeep's U-Net, as in the other methods here."],
  },
};

/** Noise2Self (Batson and Royer 2019) as a method of the protocol. */
export const noise2self: TrainedMethod<Configuration, NetworkState> = invariantMethod<Configuration>({
  name: "noise2self",
  title: "Noise2Self",
  summary:
    "A U-Net trained on noisy images alone: it tells the pixels of a grid from all others, of whose noise they say nothing (Batson and Royer).",
  space: {
    presets: presetNames,
    groups: { "": shape, normalization: normalizationFields },
    schema: record({ ...shape, normalization: normalizationChoice, notes }).superRefine(
      (configuration, context) =>
        checkInvariant(configuration, (path, message) => context.addIssue({ code: "custom", path, message })),
    ),
    defaults,
    changes,
    common: {
      updates: "length of the training",
      batch: "crops per update",
      crop: "side of the training crops in pixels",
      filters: "channels of the outermost level of the network",
      stride: "side of the squares of which a pixel each is hidden",
    },
  },
  label: "masked loss",
  judge({ stride, replacement, loss }, network, noisy, key) {
    const mask = gridMask(noisy.shape, stride, drawPhases(key, noisy.shape[0]!, stride));
    const output = network(withoutMasked(noisy, mask, replacement));
    return { loss: maskedLoss(loss, output, noisy, mask), pixels: sum(cast(mask, "f32")) };
  },
  denoised: ({ inference, stride, replacement }, network, noisy) =>
    inference === "invariant" ? invariantOutput(network, noisy, stride, replacement) : network(noisy),
});
