import {
  type ByteCache,
  cutPage,
  InputError,
  type LazyPage,
  type RegionName,
  regionRectangle,
} from "@clidim/imaging";
import type { OtherCapture } from "../protocol/batch.js";
import type { Target } from "../protocol/method.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import type { TrainingScene } from "./crops.js";
import { checkFrames } from "./frameGroups.js";
import { averageShots, keepShots } from "./shots.js";
import { cutScene, type HeldPage, type SceneSplit, scenePages, splitScenes } from "./splitScenes.js";

/** What a configuration says of the data. */
export type Protocol = Pick<
  RunConfiguration,
  "shots" | "groundTruth" | "regions" | "split" | "selection" | "frames" | "schedule"
>;

/** What is trained. */
interface Trained {
  readonly target: Target;
  /** The other captures that its `members` ask for. Where they are the next ones, shots are pairs of neighbours. */
  readonly capture?: OtherCapture | false;
  /** The test set. */
  readonly test?: readonly TrainingScene[];
}

/** Each scene's regions as scenes of their own; the scenes as they are where there are no regions. */
export function cutRegions(
  scenes: readonly TrainingScene[],
  regions: readonly RegionName[],
): readonly TrainingScene[] {
  if (regions.length === 0) return scenes;
  return scenes.flatMap((scene) =>
    regions.map((region) => ({
      ...cutScene(scene, regionRectangle(region, scene.noisy[0]!)),
      name: `${scene.name} (${region})`,
    })),
  );
}

/** Each page's regions as pages of their own. What pages have in common is one clean image, each region of which is cut once, so that it is told, and read, as one. */
function pageRegions(pages: readonly HeldPage[], regions: readonly RegionName[]): readonly HeldPage[] {
  if (regions.length === 0) return pages;
  const cut = new Map<LazyPage, LazyPage[]>();
  return pages.flatMap((page) => {
    const { name, noisy, clean, capture } = page;
    const rectangles = regions.map((region) => regionRectangle(region, noisy));
    if (clean && !cut.has(clean)) {
      const parts = rectangles.map((rectangle) => cutPage(clean, rectangle));
      cut.set(clean, parts);
    }
    return regions.map((region, i) => ({
      name: `${name} (${region})`,
      noisy: cutPage(noisy, rectangles[i]!),
      ...(clean && { clean: cut.get(clean)![i]! }),
      ...(capture && { capture: cutPage(capture, rectangles[i]!) }),
    }));
  });
}

/**
 * What to train on and what to hold out.
 *
 * With `groundTruth` "all" a part is held out of everything, and `shots` pages of the rest are trained on, with the clean images that all pages gave, as
 * published. Otherwise nothing but the `shots` pages exists: the clean images are means of them, and the held-out part is taken from them.
 * With `selection` "as-released" nothing is held out, and the test set takes that part's place. Nothing is read: means are computed when they are, and kept in `cache`.
 * With `target` "capture" a scene keeps two pages or none, and two of a scene are held out together where any are, so that they can be judged by each other. With several `frames` so it is with as many
 * pages, and held-out ones are groups of these. `InputError`s as those of `checkFrames`, and where nothing is held out that the schedule "plateau" goes by.
 */
export function prepareTraining(
  scenes: readonly TrainingScene[],
  protocol: Protocol,
  fraction: number,
  cache: ByteCache,
  method: Trained,
): SceneSplit {
  const split = heldOut(scenes, protocol, fraction, cache, method);
  if (protocol.schedule === "plateau" && split.kind === "none") {
    throw new InputError(
      "schedule plateau lowers the learning rate where the validation gets no better, but nothing is held out; hold something out, or choose schedule linear or cosine",
      { keys: ["validation", "schedule"] },
    );
  }
  return split;
}

function heldOut(
  scenes: readonly TrainingScene[],
  { shots, groundTruth = "all", regions, split: unit, selection, ...given }: Protocol,
  fraction: number,
  cache: ByteCache,
  { target, capture, test = [] }: Trained,
): SceneSplit {
  const frames = framesOf(given);
  const together = target === "capture" ? 2 : frames;
  checkFrames([...scenes, ...test], frames);
  const onTest = selection === "as-released";
  const held = onTest ? 0 : fraction;
  const shotsOf = (list: readonly TrainingScene[]): readonly TrainingScene[] =>
    groundTruth === "all" ? keepShots(list, shots, together, capture === "next") : list;
  const available =
    groundTruth === "all"
      ? scenes
      : keepShots(scenes, shots, frames + 1).map((scene) => averageShots(scene, groundTruth, cache, frames));
  const onTestSet = {
    kind: "test",
    validation: test.flatMap((scene) => scenePages(scene, frames)),
  } as const;
  if (unit === "regions") {
    // A strip is held out of each region that is trained on; shots are pages, however many regions they have.
    const { kind, validation } = splitScenes(cutRegions(available, regions), held, unit, together, frames);
    const { training } = splitScenes(cutRegions(shotsOf(available), regions), held, unit, together, frames);
    checkFrames(training, frames);
    return { kind, training, validation, ...(onTest && onTestSet) };
  }
  // A scene or a frame is held out with all its regions.
  const { kind, training, validation } = splitScenes(available, held, unit, together, frames);
  const kept = shotsOf(training);
  checkFrames(kept, frames);
  return {
    kind,
    training: cutRegions(kept, regions),
    validation: pageRegions(validation, regions),
    ...(onTest && onTestSet),
  };
}
