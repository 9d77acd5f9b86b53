import type { LazyPage, RegionName } from "@clidim/imaging";
import type { TrainingScene } from "./crops.js";
import { type ImageAxes, openScenes } from "./pairing.js";
import { checkPairs, type PairCheckOptions } from "./pairs/checkPairs.js";
import { cutRegions } from "./prepareTraining.js";
import { trainingScene } from "./splitScenes.js";
import type { StackFiles } from "./stackFiles.js";

/** Images that are not trained on. */
export interface TestFiles {
  /** Paths with optional page ranges. */
  readonly noisy: readonly string[];
  /** Default "average": the mean of each noisy stack. */
  readonly clean?: readonly string[] | "average";
  /** The parts of the images that are the test set; none: the whole images. */
  readonly regions?: readonly RegionName[];
}

/** Scenes whose truth is known. */
export type PairedScene = TrainingScene & { readonly clean: readonly LazyPage[] };

/** The pages of a test set and their truth, which can be read until `files` is closed. `InputError`s as `openScenes` and `checkPairs`. */
export async function openTestScenes(
  { noisy, clean = "average", regions = [] }: TestFiles,
  files: StackFiles,
  axes: ImageAxes = {},
  checks: PairCheckOptions = {},
): Promise<readonly PairedScene[]> {
  const opened = await openScenes(noisy, clean, files, axes, checks.onWarning);
  const scenes = (await checkPairs(opened, checks)).map((scene) => trainingScene(scene, axes.captures));
  return cutRegions(scenes, regions).map((scene) => {
    if (!scene.clean) throw new Error(`openTestScenes: ${scene.name} has no clean pages`);
    return { ...scene, clean: scene.clean };
  });
}
