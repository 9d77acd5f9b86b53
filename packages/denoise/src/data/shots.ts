import { type ByteCache, evenlySpread, InputError } from "@clidim/imaging";
import type { GroundTruth } from "../protocol/runConfiguration.js";
import type { TrainingScene } from "./crops.js";
import { keptPages } from "./keptPages.js";
import { meanPage, meansOfOthers } from "./meanPages.js";
import { spreadNeighbours } from "./neighbours.js";

/**
 * How many pages to keep of scenes with so many pages: `shots` in all, the same number of each scene as far as they reach. A scene
 * keeps `least` pages or none; where that leaves out scenes, those kept are evenly spread as far as they have `shots` pages together, and larger ones take
 * the place of the smallest otherwise. An `InputError` only where no choice of scenes would do.
 */
export function allotShots(pageCounts: readonly number[], shots: number, least: number): number[] {
  const total = pageCounts.reduce((sum, count) => sum + count, 0);
  if (shots > total) {
    throw new InputError(
      `shots is ${shots}, but there ${total === 1 ? "is" : "are"} only ${total} noisy ${total === 1 ? "page" : "pages"} to choose from`,
    );
  }
  if (shots < least) {
    throw new InputError(
      `shots is ${shots}, but what is trained towards is made from at least ${least} pages of a scene; take ${least} shots or more`,
    );
  }
  const scenes = scenesFor(pageCounts, shots, least);
  const taken = pageCounts.map(() => 0);
  let left = shots;
  // One page of each scene in turn.
  while (left > 0) {
    const open = scenes.filter((scene) => taken[scene]! < pageCounts[scene]!);
    for (const scene of open.slice(0, left)) taken[scene]!++;
    left -= Math.min(left, open.length);
  }
  return taken;
}

/** As many scenes as can have `least` of the shots each, with at least `shots` pages together. */
function scenesFor(pageCounts: readonly number[], shots: number, least: number): readonly number[] {
  const pagesOf = (scenes: readonly number[]): number =>
    scenes.reduce((sum, scene) => sum + pageCounts[scene]!, 0);
  const able = pageCounts.flatMap((count, scene) => (count >= least ? [scene] : []));
  if (pagesOf(able) < shots) {
    throw new InputError(
      `shots is ${shots}, but only ${pagesOf(able)} pages belong to scenes with at least ${least}; what is trained towards needs that many`,
    );
  }
  const places = evenlySpread(Math.min(able.length, Math.floor(shots / least)), able.length);
  const chosen = new Set(places.map((place) => able[place]!));
  const bySize = able.toSorted((a, b) => pageCounts[a]! - pageCounts[b]!);
  while (pagesOf([...chosen]) < shots) {
    const smallest = bySize.find((scene) => chosen.has(scene))!;
    const largest = bySize.findLast((scene) => !chosen.has(scene));
    if (largest === undefined || pageCounts[largest]! <= pageCounts[smallest]!) {
      const most = pagesOf([...chosen]);
      throw new InputError(
        `shots is ${shots}, but every scene that is used gives at least ${least} pages, as what is trained towards needs that many: the ${chosen.size} with the most have ${most}; ` +
          `take ${most} shots or ${(chosen.size + 1) * least}`,
      );
    }
    chosen.delete(smallest);
    chosen.add(largest);
  }
  return able.filter((scene) => chosen.has(scene));
}

/** `scenes` with `shots` of their pages, see `allotShots`, evenly spread within each, one by one or as pairs of `neighbours`; scenes that keep none are left out. 0 shots are all pages. */
export function keepShots(
  scenes: readonly TrainingScene[],
  shots: number,
  least: number,
  neighbours = false,
): TrainingScene[] {
  if (shots === 0) return [...scenes];
  const kept = allotShots(
    scenes.map(({ noisy }) => noisy.length),
    shots,
    least,
  );
  return scenes.flatMap((scene, i) => {
    const count = kept[i]!;
    if (count === 0) return [];
    const pages = neighbours ? spreadNeighbours(scene, count) : evenlySpread(count, scene.noisy.length);
    return keptPages(scene, pages);
  });
}

/**
 * A scene whose clean pages are means of the noisy pages that it has: one of all, or for each page one of the others (see `meanPage`). Where a network sees several frames, it is one of all, of
 * which those that it sees are taken out later, whatever `groundTruth` says.
 */
export function averageShots(
  scene: TrainingScene,
  groundTruth: Exclude<GroundTruth, "all">,
  cache: ByteCache,
  frames = 1,
): TrainingScene {
  const { name, noisy, averaged } = scene;
  if (!averaged) {
    throw new InputError(
      `groundTruth ${groundTruth} makes the clean images from the noisy pages, but ${name} comes with clean images; leave these out, so that they are averaged`,
    );
  }
  if (noisy.length < 2) {
    throw new InputError(`groundTruth ${groundTruth}: ${name} has 1 page, expected at least 2 to average`);
  }
  const { averageOf: _ofAll, ...others } = scene;
  const mean = (): TrainingScene => ({
    ...others,
    clean: [meanPage(noisy, cache)],
    averageOf: noisy.length,
  });
  switch (groundTruth) {
    case "shots":
      return mean();
    case "leave-one-out":
      return frames > 1 ? mean() : { ...others, clean: meansOfOthers(noisy, cache) };
    default:
      return groundTruth satisfies never;
  }
}
