import type { TrainedMethod } from "@clidim/denoise";
import { sizeOf, tensor } from "@clidim/tensor";
import { checkInvariant } from "../jInvariance/fields.js";
import { drawPhases, gridMask, withoutMasked } from "../jInvariance/gridMask.js";
import { invariantMethod } from "../jInvariance/invariantMethod.js";
import { invarianceBound } from "../losses/invarianceBound.js";
import type { NetworkState } from "../training/networkState.js";
import { commonTrainingKeys } from "../training/trainingFields.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, fieldGroups, presetNames } from "./schema.js";

/** Noise2Same (Xie, Wang and Ji 2020) as a method of the protocol. */
export const noise2same: TrainedMethod<Configuration, NetworkState> = invariantMethod<Configuration>({
  name: "noise2same",
  title: "Noise2Same",
  summary:
    "A U-Net trained on noisy images alone to give them back, and the same where pixels are hidden: it need not be blind to a pixel, only depend little on it (Xie et al.).",
  guide: {
    gives: [],
    time: "minutes",
    when: "there are noisy images alone and fine detail counts, as it may use a pixel's own value",
    cannot:
      "remove noise that neighbouring pixels share, nor tell by itself how much a pixel's own value is worth: that is a key, for noise of one strength",
    source: {
      text: "Xie, Wang and Ji 2020, Noise2Same: Optimizing A Self-Supervised Bound for Image Denoising",
      url: "https://arxiv.org/abs/2010.11971",
    },
  },
  space: {
    presets: presetNames,
    presetGuide,
    groups: fieldGroups,
    schema: Configuration,
    check: checkInvariant,
    defaults,
    changes: presetChanges,
    common: {
      ...commonTrainingKeys,
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
