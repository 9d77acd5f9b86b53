import { fromFunction, InputError, type LazyPage } from "@clidim/imaging";
import type { TrainingScene } from "./crops.js";
import { framesPage, type NoisyPage } from "./noisyPlane.js";

/**
 * Refuses scenes of which groups of so many captures cannot be taken: pages that are no captures of one field, or have a truth each; fewer pages than a group has; clean pages that are means of no
 * others. `InputError`s that name the scene.
 */
export function checkFrames(scenes: readonly TrainingScene[], frames: number): void {
  if (frames === 1) return;
  for (const { name, noisy, clean = [], oneField, averageOf } of scenes) {
    if (oneField === false) {
      throw new InputError(
        `${name} has pages that are not captures of one field of view, as far as its axes tell, and frames ${frames} takes so many captures at once; ` +
          "choose one channel, depth or position, or say along which axes captures lie",
        { keys: ["frames", "captures", "z"] },
      );
    }
    if (new Set(clean).size > 1) {
      throw new InputError(
        `${name} has a clean page for each noisy one, and frames ${frames} takes so many captures of what one clean page shows; give files of several captures with one clean page each`,
        { keys: ["frames", "clean"] },
      );
    }
    if (noisy.length < frames) {
      throw new InputError(
        `${name}: expected at least ${frames} noisy pages, as frames is ${frames}, got ${noisy.length}; give more captures, hold out less, take more shots, or fewer frames`,
        { keys: ["frames", "noisy", "validation", "shots"] },
      );
    }
    if (averageOf !== undefined && averageOf <= frames) {
      throw new InputError(
        `${name}: expected at least ${frames + 1} pages to average, as the clean image of ${frames} frames is the mean of the others, got ${averageOf}; give more captures, clean images, or fewer frames`,
        { keys: ["frames", "noisy", "clean", "shots"] },
      );
    }
  }
}

/** How much of the difference between the mean of all captures and that of a group is added to the former, to get the mean of the others; 0 where the clean page is no mean of the captures. */
export const withoutGroup = (averageOf: number | undefined, frames: number): number =>
  averageOf === undefined ? 0 : frames / (averageOf - frames);

/**
 * A scene whose pages are the means of `frames` captures each, one group behind the other (what is left over is in none), as they are looked at when a network is judged. Where the clean page is the mean of
 * the captures, that of a group is the mean of those outside it. With 1 it is the scene itself.
 */
export function groupFrames(scene: TrainingScene, frames: number): TrainingScene {
  if (frames === 1) return scene;
  const { noisy, clean, averageOf } = scene;
  const groups = Array.from({ length: Math.floor(noisy.length / frames) }, (_, group) =>
    framesPage(noisy.slice(group * frames, (group + 1) * frames)),
  );
  const part = withoutGroup(averageOf, frames);
  const [truth] = clean ?? [];
  return {
    ...scene,
    noisy: groups,
    ...(truth && { clean: part > 0 ? groups.map((group) => meanOfOthers(truth, group, part)) : [truth] }),
  };
}

/** The mean m of all captures without a group of mean g: m + part (m - g). */
function meanOfOthers(mean: LazyPage, group: NoisyPage, part: number): LazyPage {
  const { width, height } = mean;
  return {
    width,
    height,
    dtype: "float32",
    read: async (window) => {
      const [all, own] = [await mean.read(window), await group.read(window)];
      const data = fromFunction(new Float32Array(own.data.length), (i) => {
        const m = all.data[i]!;
        return m + part * (m - own.data[i]!);
      });
      return { width: all.width, height: all.height, data };
    },
  };
}
