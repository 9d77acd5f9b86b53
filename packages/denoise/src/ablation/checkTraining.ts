import { type ByteCache, InputError } from "@clidim/imaging";
import { readNoiseMeasurement } from "@clidim/imaging/node";
import { openCapturePairs } from "../data/capturePairs.js";
import { checkCropSize } from "../data/crops.js";
import { checkOtherCaptures } from "../data/otherCaptures.js";
import type { Captures } from "../data/pageAxes.js";
import { openScenes, type Scene } from "../data/pairing.js";
import { checkCapturePairs } from "../data/pairs/checkCapturePairs.js";
import { checkPairs, type PairCheckOptions } from "../data/pairs/checkPairs.js";
import { checkStackCaptures } from "../data/pairs/checkStackCaptures.js";
import { prepareTraining } from "../data/prepareTraining.js";
import { trainingScene } from "../data/splitScenes.js";
import { StackFiles } from "../data/stackFiles.js";
import { type AblationData, axesOf } from "./ablationFile.js";
import type { AblationRun } from "./grid.js";
import { fileIn, filesIn } from "./testPages.js";

/**
 * Refuses runs whose training images cannot be read, do not belong together, or do not allow what is asked of them: so many shots, this split, these crops. `InputError`s as those of `train`; the title of the run
 * goes before them where its settings matter.
 */
export async function checkTraining(
  runs: readonly AblationRun[],
  folder: string,
  { force = false, signal }: PairCheckOptions,
): Promise<void> {
  const byData = new Map<AblationData, AblationRun[]>();
  for (const run of runs) byData.set(run.data, [...(byData.get(run.data) ?? []), run]);
  for (const [data, own] of byData) {
    const { train, noise } = data;
    if (noise !== undefined && own.some(({ method }) => method.takesNoise)) {
      await readNoiseMeasurement(fileIn(folder, noise));
    }
    const noisy = filesIn(folder, train.noisy);
    const withClean = own.some(({ method }) => method.target === "clean");
    const withSecond = own.some(({ method }) => method.target === "capture") && train.second;
    const files = new StackFiles();
    try {
      const clean = withClean ? filesIn(folder, train.clean) : "none";
      const open = await openScenes(noisy, clean, files, axesOf(data));
      const stacks = await checkPairs(open, { force, signal });
      const pairs = withSecond
        ? await openCapturePairs(noisy, filesIn(folder, withSecond), files, axesOf(data))
        : undefined;
      if (pairs) await checkCapturePairs(pairs, { force, signal });
      else if (own.some(({ method }) => method.target === "capture")) {
        await checkStackCaptures(stacks, { force, signal });
      }
      const checked = new Set<string>();
      for (const run of own) {
        const paired = run.method.target === "capture" ? pairs : undefined;
        // The axis of a page and its second capture is the program's own.
        const along = paired ? undefined : axesOf(run.data).captures;
        const { shots, groundTruth, regions, split, selection, crop, frames, schedule } = run.configuration;
        const { capture } = run.method.members(run.configuration);
        const data = [shots, groundTruth, regions, split, selection, crop, frames, schedule];
        const needs = [...data, capture, run.validation];
        const demands = JSON.stringify([run.method.name, ...needs]);
        if (!checked.has(demands)) checkRun(run, paired ?? stacks, along, files.cache);
        checked.add(demands);
      }
    } finally {
      await files.close();
    }
  }
}

function checkRun(
  { title, method, configuration, validation }: AblationRun,
  scenes: readonly Scene[],
  captures: Captures | undefined,
  cache: ByteCache,
): void {
  try {
    const split = prepareTraining(
      scenes.map((scene) => trainingScene(scene, captures)),
      configuration,
      validation,
      cache,
      { target: method.target, capture: method.members(configuration).capture },
    );
    checkCropSize(split.training, configuration.crop, (side) => method.cropFor(configuration, side));
    checkOtherCaptures(method, configuration, scenes, split, captures);
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`${title}: ${error.message}`, { cause: error })
      : error;
  }
}
