import type { TrainedMethod } from "@clidim/denoise";
import { cast, sum } from "@clidim/tensor";
import { maskedLoss } from "../blindSpots/maskedLoss.js";
import { checkInvariant } from "../jInvariance/fields.js";
import { drawPhases, gridMask, withoutMasked } from "../jInvariance/gridMask.js";
import { invariantMethod } from "../jInvariance/invariantMethod.js";
import { invariantOutput } from "../jInvariance/invariantOutput.js";
import type { NetworkState } from "../training/networkState.js";
import { commonTrainingKeys } from "../training/trainingFields.js";
import { defaults, presetChanges, presetGuide } from "./presets.js";
import { Configuration, fieldGroups, presetNames } from "./schema.js";

/** Noise2Self (Batson and Royer 2019) as a method of the protocol. */
export const noise2self: TrainedMethod<Configuration, NetworkState> = invariantMethod<Configuration>({
  name: "noise2self",
  title: "Noise2Self",
  summary:
    "A U-Net trained on noisy images alone: it tells the pixels of a grid from all others, of whose noise they say nothing (Batson and Royer).",
  guide: {
    gives: [],
    time: "minutes",
    when: "there are noisy images alone, as another way than Noise2Void's: without batch norms, so that few crops per update do",
    cannot:
      "remove noise that neighbouring pixels share, nor use a pixel's own value in training, so that the finest detail is lost",
    source: {
      text: "Batson and Royer 2019, Noise2Self: Blind Denoising by Self-Supervision",
      url: "https://arxiv.org/abs/1901.11365",
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
      stride: "side of the squares of which a pixel each is hidden",
    },
  },
  // Without batch norms, a short training of it is as good as any other of these (docs/methods.md).
  selfTraining: {
    leastUpdates: 200,
    mostUpdates: 20_000,
    suits: async () => ({ changes: {}, reason: "they are all there is and it learns from few crops" }),
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
