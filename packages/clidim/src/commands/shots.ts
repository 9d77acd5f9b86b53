import type { GroundTruth } from "../config/schema.js";
import type { TrainingScene } from "../image/crops.js";
import { InputError } from "../image/inputError.js";
import { meanImage } from "../image/meanImage.js";
import { spread } from "./splitScenes.js";

/**
 * Which pages to keep of scenes with so many pages: `shots` in all, the same number of each scene as far as they reach, evenly spread within it. A scene
 * keeps `least` pages or none; where that leaves out scenes, those kept are evenly spread.
 */
export function allotShots(pageCounts: readonly number[], shots: number, least: number): number[][] {
  const total = pageCounts.reduce((sum, count) => sum + count, 0);
  if (shots > total) {
    throw new InputError(
      `shots is ${shots}, but there ${total === 1 ? "is" : "are"} only ${total} noisy ${total === 1 ? "page" : "pages"} to choose from`,
    );
  }
  const able = pageCounts.flatMap((count, scene) => (count >= least ? [scene] : []));
  const chosen = spread(Math.min(able.length, Math.floor(shots / least)), able.length);
  const taken = pageCounts.map(() => 0);
  const scenes = able.filter((_, i) => chosen.has(i));
  let left = shots;
  // One page of each scene in turn.
  while (left > 0) {
    const open = scenes.filter((scene) => taken[scene]! < pageCounts[scene]!);
    if (open.length === 0) {
      throw new InputError(
        `shots is ${shots}, but only ${shots - left} pages belong to scenes with at least ${least}; a mean needs that many`,
      );
    }
    for (const scene of open.slice(0, left)) taken[scene]!++;
    left -= Math.min(left, open.length);
  }
  return pageCounts.map((count, scene) => [...spread(taken[scene]!, count)]);
}

/** `scenes` with `shots` of their pages, see `allotShots`; scenes that keep none are left out. 0 shots are all pages. */
export function keepShots(scenes: readonly TrainingScene[], shots: number, least: number): TrainingScene[] {
  if (shots === 0) return [...scenes];
  const kept = allotShots(
    scenes.map(({ noisy }) => noisy.length),
    shots,
    least,
  );
  return scenes.flatMap((scene, i) => {
    const pages = kept[i]!;
    if (pages.length === 0) return [];
    const { noisy, clean } = scene;
    return {
      ...scene,
      noisy: pages.map((page) => noisy[page]!),
      clean: clean.length === 1 ? clean : pages.map((page) => clean[page]!),
    };
  });
}

/** A scene whose clean pages are means of the noisy pages that it has: one of all, or for each page one of the others. */
export function averageShots(scene: TrainingScene, groundTruth: Exclude<GroundTruth, "all">): TrainingScene {
  const { name, noisy, averaged } = scene;
  if (!averaged) {
    throw new InputError(
      `groundTruth ${groundTruth} makes the clean images from the noisy pages, but ${name} comes with clean images; leave them out (--clean average)`,
    );
  }
  if (noisy.length < 2) {
    throw new InputError(`groundTruth ${groundTruth}: ${name} has 1 page, expected at least 2 to average`);
  }
  switch (groundTruth) {
    case "shots":
      return { ...scene, clean: [meanImage(noisy)] };
    case "leave-one-out":
      return {
        ...scene,
        clean: noisy.map((_, page) => meanImage(noisy.filter((_, other) => other !== page))),
      };
    default:
      return groundTruth satisfies never;
  }
}
