import type { Scene } from "../files/pairing.js";
import type { TrainingScene } from "../image/crops.js";
import type { Plane } from "../image/image.js";
import { InputError } from "../image/inputError.js";

/** A noisy page that is not trained on, and its truth. */
export interface ValidationPage {
  readonly name: string;
  readonly noisy: Plane;
  readonly clean: Plane;
}

/** What is trained on and what is held out. */
export interface SceneSplit {
  /**
   * What the held-out pages have in common with the training pages. "scenes": nothing, they are other fields of view. "pages": they
   * come from the same file, each with a truth of its own. "captures": they are other captures of the field of view that is
   * trained on, so that their figures say nothing about new fields. "none": nothing is held out.
   */
  readonly kind: "scenes" | "pages" | "captures" | "none";
  readonly training: readonly TrainingScene[];
  readonly validation: readonly ValidationPage[];
}

/** `count` of `total` indices, evenly spread. */
function spread(count: number, total: number): Set<number> {
  return new Set(Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * total) / count)));
}

function cleanPage({ clean }: Scene, page: number): Plane {
  return clean[clean.length === 1 ? 0 : page]!;
}

function pageName(scene: Scene, page: number): string {
  return scene.noisy.pages.length === 1 ? scene.name : `${scene.name}, page ${page} of the selection`;
}

/** A scene as crops are taken from it. */
export function trainingScene({ name, noisy, clean }: Scene): TrainingScene {
  return { name, noisy: noisy.pages, clean };
}

/**
 * Holds out a fraction in [0, 1): whole scenes where there are at least two, else pages of the only scene, at least one where the
 * fraction is positive and one can be spared. Which ones depends on the numbers alone: they are evenly spread.
 */
export function splitScenes(scenes: readonly Scene[], fraction: number): SceneSplit {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new InputError(`--validation: expected a fraction of at least 0 and below 1, got ${fraction}`);
  }
  const held = (total: number): Set<number> =>
    spread(
      fraction === 0 || total < 2 ? 0 : Math.min(total - 1, Math.max(1, Math.round(fraction * total))),
      total,
    );
  const [only] = scenes;
  if (scenes.length !== 1 || !only) {
    const out = held(scenes.length);
    return {
      kind: out.size === 0 ? "none" : "scenes",
      training: scenes.filter((_, i) => !out.has(i)).map(trainingScene),
      validation: scenes
        .filter((_, i) => out.has(i))
        .flatMap((scene) =>
          scene.noisy.pages.map((noisy, page) => ({
            name: pageName(scene, page),
            noisy,
            clean: cleanPage(scene, page),
          })),
        ),
    };
  }
  const { pages } = only.noisy;
  const out = held(pages.length);
  if (out.size === 0) return { kind: "none", training: [trainingScene(only)], validation: [] };
  const kept = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => !out.has(i));
  return {
    kind: only.clean.length === 1 ? "captures" : "pages",
    training: [
      { name: only.name, noisy: kept(pages), clean: only.clean.length === 1 ? only.clean : kept(only.clean) },
    ],
    validation: [...out].map((page) => ({
      name: pageName(only, page),
      noisy: pages[page]!,
      clean: cleanPage(only, page),
    })),
  };
}
