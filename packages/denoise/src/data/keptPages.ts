import type { TrainingScene } from "./crops.js";
import { placeOf } from "./neighbours.js";

/** A scene with some of its noisy pages, in ascending order, and the clean ones that belong to them. */
export function keptPages(scene: TrainingScene, pages: readonly number[]): TrainingScene {
  const { noisy, clean } = scene;
  return {
    ...scene,
    noisy: pages.map((page) => noisy[page]!),
    ...(clean && { clean: clean.length === 1 ? clean : pages.map((page) => clean[page]!) }),
    places: pages.map((page) => placeOf(scene, page)),
  };
}
