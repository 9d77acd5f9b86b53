import { type Normalization, streamedPercentiles } from "@clidim/imaging";
import type { TrainingScene } from "../data/crops.js";
import type { SceneSplit } from "../data/splitScenes.js";
import { framesOf, type GroundTruth, type RunConfiguration } from "../protocol/runConfiguration.js";
import { copiedPages } from "./copiedPages.js";

/** What the user should know of the data before minutes are spent on them. */
export async function* dataWarnings(
  scenes: readonly TrainingScene[],
  split: SceneSplit,
  normalization: Normalization,
  configuration: RunConfiguration,
  fraction: number,
): AsyncIterable<string> {
  const { kind, training, sameField } = split;
  const { groundTruth = "all", selection } = configuration;
  if (scenes.some(({ averaged }) => averaged)) {
    yield groundTruthSentence(groundTruth, framesOf(configuration));
  }
  if (kind === "none" && fraction > 0) yield nothingHeldOut(scenes, training, configuration);
  if (kind === "none" && selection === "validation") {
    yield "nothing is held out to choose a model by, so the last update's is kept";
  }
  if (sameField !== undefined) {
    yield `${sameField}: the validation figures say little about other fields; hold out fields with all their captures`;
  } else if (kind === "captures") {
    yield scenes.length === 1
      ? `all noisy pages show one field of view (${scenes[0]?.name}): the validation figures say nothing about other fields`
      : "the pages held out show the fields of view that are trained on: the validation figures say nothing about other fields";
  }
  if (kind === "test") {
    yield "the model is chosen on the test set, as in the released code: its figures there are not those of unseen images";
  }
  const copied = await copiedPages(split);
  if (copied !== undefined) yield copied;
  const { low, high, lowPercent, highPercent } = normalization;
  const cleanPages = training.flatMap(({ clean = [] }) => clean);
  if (cleanPages.length === 0) return;
  const values = await streamedPercentiles(cleanPages, [lowPercent, highPercent]);
  const [cleanLow, cleanHigh] = values as [number, number]; // one value per percentage
  const margin = (high - low) / 4;
  if (cleanHigh > high + margin || cleanLow < low - margin) {
    yield `the clean images reach from ${cleanLow} to ${cleanHigh} (percentiles ${lowPercent} and ${highPercent}), the noisy ones from ` +
      `${low} to ${high}: both should be in the same grey values, or the brightest structures cannot be reproduced`;
  }
}

/** Why nothing is held out though it should be. */
function nothingHeldOut(
  scenes: readonly TrainingScene[],
  training: readonly TrainingScene[],
  { groundTruth = "all", regions, split }: RunConfiguration,
): string {
  const count = (list: readonly TrainingScene[]): number =>
    list.reduce((sum, { noisy }) => sum + noisy.length, 0);
  // What was to be divided: all pages, or those of the shots, which are there once for each region.
  const pages = groundTruth === "all" ? count(scenes) : count(training) / Math.max(1, regions.length);
  const follows = "so that nothing can be held out: there will be no validation figures";
  if (pages > 1 && split === "scenes") {
    return `the pages are all of one file, ${follows}; split frames holds out some of its pages`;
  }
  if (scenes.every(({ noisy }) => noisy.length === 1) && pages > 1 && split === "frames") {
    return `every file has one page only, ${follows}; split scenes holds out some of the files`;
  }
  if (pages > 1) return `no file has pages enough to spare some, ${follows}`;
  return `there is one page only, ${follows}`;
}

function groundTruthSentence(groundTruth: GroundTruth, frames: number): string {
  const start = "ground truth: the mean of";
  if (frames > 1) {
    const others = `but the ${frames} that the network sees`;
    return groundTruth === "all"
      ? `${start} all pages of each noisy file ${others}, also of those that are not trained on`
      : `${start} the pages of each noisy file that are used ${others}`;
  }
  switch (groundTruth) {
    case "all":
      return `${start} all pages of each noisy file, also of those that are not trained on`;
    case "shots":
      return `${start} the pages of each noisy file that are used`;
    case "leave-one-out":
      return `${start} the other pages of the noisy file that are used`;
    default:
      return groundTruth satisfies never;
  }
}
