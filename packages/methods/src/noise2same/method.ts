import {
  type Changes,
  normalizationChoice,
  normalizationFields,
  notes,
  oneOf,
  real,
  record,
  type TrainedMethod,
} from "@clidim/denoise";
import { sizeOf, tensor } from "@clidim/tensor";
import {
  checkInvariant,
  type InvariantConfiguration,
  invariantDefaults,
  invariantFields,
  laptopSize,
} from "../jInvariance/fields.js";
import { drawPhases, gridMask, withoutMasked } from "../jInvariance/gridMask.js";
import { invariantMethod } from "../jInvariance/invariantMethod.js";
import { invarianceBound } from "../losses/invarianceBound.js";
import type { NetworkState } from "../training/networkState.js";

const presetNames = ["laptop", "large"] as const;
type PresetName = (typeof presetNames)[number];

/** The keys of Noise2Same beside those of every method. Plain data. */
export type Configuration = InvariantConfiguration & {
  readonly preset: PresetName;
  /** See `invarianceBound`. */
  readonly invarianceWeight: number;
};

const shape = {
  preset: oneOf(presetNames, "Where the values not given come from."),
  ...invariantFields,
  invarianceWeight: real(
    0,
    100,
    "Weight of how much outputs at the pixels of a set depend on what the image has there: twice the noise's standard deviation in network values, by the bound.",
  ),
} as const;

const defaults: Omit<Configuration, "preset"> = { ...invariantDefaults, invarianceWeight: 2 };

const changes: { readonly [P in PresetName]: Changes<Configuration> } = {
  laptop: {
    ...laptopSize,
    notes: ["Half the channels of large: a size that trains without a GPU."],
  },
  large: {
    notes: [
      "The authors train a larger U-Net with batch norms on half a per cent of the pixels; this is CSBDeep's without norms, with a grid, as Noise2Self here.",
    ],
  },
};

/** Noise2Same (Xie, Wang and Ji 2020) as a method of the protocol. */
export const noise2same: TrainedMethod<Configuration, NetworkState> = invariantMethod<Configuration>({
  name: "noise2same",
  title: "Noise2Same",
  summary:
    "A U-Net trained on noisy images alone to give them back, and the same where pixels are hidden: it need not be blind to a pixel, only depend little on it (Xie et al.).",
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
      invarianceWeight: "how little a pixel may depend on itself",
    },
  },
  label: "bound",
  judge({ stride, replacement, invarianceWeight }, network, noisy, key) {
    const mask = gridMask(noisy.shape, stride, drawPhases(key, noisy.shape[0]!, stride));
    const blind = network(withoutMasked(noisy, mask, replacement));
    const loss = invarianceBound(network(noisy), blind, noisy, mask, invarianceWeight);
    return { loss, pixels: tensor(sizeOf(noisy.shape)) };
  },
});
